import { describe, expect, it } from 'vitest';
import { isPattern, matchesSecret, parsePattern } from '../../../lib/mapping/secret-pattern.ts';

const longest = `${'a'.repeat(254)}/*`;

describe('what a mapping says about secrets', () => {
  it.each([
    ['payments/stripe', { name: 'payments/stripe' }],
    ['payments', { name: 'payments' }],
    ['payments/*', { prefix: 'payments/' }],
    ['payments/eu/*', { prefix: 'payments/eu/' }],
    [longest, { prefix: longest.slice(0, -1) }],
  ])('%s', (text, expected) => {
    expect(parsePattern(text)).toEqual(expected);
    expect(isPattern(text)).toBe('prefix' in expected);
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
    expect(parsePattern(text)).toBeUndefined();
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
