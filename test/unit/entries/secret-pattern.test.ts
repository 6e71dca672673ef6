import { describe, expect, it } from 'vitest';
import { isPattern, matchesSecret, secretPattern } from '../../../lib/entries/secret-pattern.ts';

const fits = (text: string) => secretPattern.read(text, () => {}) !== undefined;
const longest = `${'a'.repeat(254)}/*`;

describe('the secret of a mapping', () => {
  it.each([
    ['payments/stripe', false],
    ['payments', false],
    ['payments/*', true],
    ['payments/eu/*', true],
    [longest, true],
  ])('can be %s, which is a pattern: %s', (text, expected) => {
    expect(fits(text)).toBe(true);
    expect(isPattern(text)).toBe(expected);
  });

  it.each([
    '',
    '*',
    '**',
    '/*',
    'payments/**',
    'payments*',
    'pay*/x',
    '*/stripe',
    'a/*/b',
    '../*',
    'a/../*',
    'a//*',
    `a${longest}`,
  ])('cannot be %s, which is neither a name nor a pattern', (text) => {
    expect(fits(text)).toBe(false);
  });

  it.each([
    ['a/b', 'a/b', true],
    ['a/*', 'a/b', true],
    ['a/*', 'a/b/c', true],
    ['a/*', 'a', false],
    ['a/*', 'a/', false],
    ['a/*', 'ab/c', false],
    ['a/b', 'a/b/c', false],
    ['a/b', 'A/b', false],
  ])('%s covers %s: %s', (secret, name, expected) => {
    expect(matchesSecret(secret, name)).toBe(expected);
  });
});
