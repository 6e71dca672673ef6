import { describe, expect, it } from 'vitest';
import { isPattern, matchesSecret, SECRET_PATTERN } from '../../../lib/entries/secret-pattern.ts';

const longest = `${'a'.repeat(254)}/*`;

describe('what a mapping says about secrets', () => {
  it.each([
    ['payments/stripe', false],
    ['payments', false],
    ['payments/*', true],
    ['payments/eu/*', true],
    [longest, true],
  ])('%s is taken, and is a pattern: %s', (text, expected) => {
    expect(SECRET_PATTERN.test(text)).toBe(true);
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
  ])('%s is neither a name nor a pattern', (text) => {
    expect(SECRET_PATTERN.test(text)).toBe(false);
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
