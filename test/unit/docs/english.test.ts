import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ROOT, readPage } from './page.ts';

/** Phrases that sound translated, as far as a pattern can find them, and what to write instead. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/\banew\b/i, 'again'],
  [/\bunless told\b/i, '(default: …)'],
  [/\b(?:is|are|was|were|been?) told\b/i, 'is reported, says, returns'],
  [/\bends? TLS\b/i, 'terminates TLS'],
  [/\bnobody but\b/i, 'only'],
  [/\b(?:himself|herself|his|him)\b/i, 'themselves, their, them'],
  [/(?<![Tt]here )\b(?:is|are) none\b(?! of)/, 'is not a valid …'],
  [/(?<![Tt]here )\b(?:is|are) no (?!longer\b|more\b|other\b)/i, 'is not a …'],
  [/\bno text\b/i, 'not a string'],
  [/\bfirst design\b/i, 'the decision, stated on its own'],
  [/\bin place of\b/i, 'instead of'],
  [/\bonce more\b/i, 'again'],
  [/\bbeside\b/i, 'besides, next to'],
  [/\bleans? on\b/i, 'depends on'],
  [/\b(?:go|goes|going) by\b/i, 'follows, uses'],
  [/\bfor whoever\b/i, 'for anyone who, if you'],
  [/\bwho (?:ends|sits|stands)\b/i, 'anyone in between'],
  [/\blies\b/i, 'is, is stored'],
  [/\bstands? (?:in|there|here|below|before|under)\b(?! for)/i, 'is, is stored'],
  [/\bgives? back\b/i, 'returns'],
];

const PAGES = ['*.md', 'docs/*.md', 'catalog.example.yaml', 'serverless.yml', 'vitest.config.ts', '.ci/run'];
const TREES = ['lib', 'functions', 'infra', 'test'].map((folder) => `${folder}/**/*.{ts,yml,guard,py,java,md}`);
const FILES = globSync([...PAGES, ...TREES], {
  cwd: ROOT,
  exclude: ['test/vectors/**', 'test/unit/docs/english.test.ts'],
});

/** The phrases in a text, each with its better. Line breaks, and the signs that start a line of a comment, count as spaces. */
function found(text: string): string[] {
  const prose = text.replaceAll(/\s+(?:(?:\*|\/\/|#) ?)?/g, ' ');
  return PHRASES.flatMap(([phrase, better]) => {
    const at = prose.search(phrase);
    return at === -1 ? [] : [`"${prose.slice(Math.max(0, at - 30), at + 40)}" → ${better}`];
  });
}

describe('plain English', () => {
  it.each([
    "The broker's URL is none.",
    'No second service stands\n * there.',
    'With sealed requests, so does whoever ends TLS.',
    'seals it anew',
    'A name with no text',
  ])('is not %j', (sentence) => {
    expect(found(sentence)).toHaveLength(1);
  });

  it.each([
    'There is none. None of them is no longer used, and there are no others.',
    'It stands in for the clock.',
    'The result is nonetheless returned.',
  ])('is %j', (sentence) => {
    expect(found(sentence)).toEqual([]);
  });

  it('is what every page, comment, error and test title is written in', () => {
    expect(FILES.length).toBeGreaterThan(350);
    expect(FILES.flatMap((path) => found(readPage(path)).map((phrase) => `${path}: ${phrase}`))).toEqual([]);
  });
});
