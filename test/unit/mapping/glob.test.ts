import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isGlob, matchesGlob } from '../../../lib/mapping/glob.ts';

afterEach(() => vi.restoreAllMocks());

describe('globs', () => {
  it.each([
    ['a', 'a'],
    ['', ''],
    ['*', ''],
    ['*', 'abc'],
    ['**', 'a:b/c'],
    ['**', ''],
    ['a*', 'a'],
    ['a*c', 'abc'],
    ['a*c', 'acc'],
    ['*:*', 'a:b'],
    ['a/**/z', 'a/b:c/z'],
    ['a/**z', 'a/z'],
    ['**a*b', 'x/aab'],
    ['***', 'a/b'],
    ['repo:acme/*:ref:refs/heads/*', 'repo:acme/api:ref:refs/heads/main'],
    ['repo:acme/**', 'repo:acme/api:ref:refs/heads/fix/1'],
    ['ä*', 'äöü'],
  ])('%j matches %j', (pattern, text) => {
    expect(matchesGlob(pattern, text)).toBe(true);
  });

  it.each([
    ['a', 'A'],
    ['a', 'a '],
    ['', 'a'],
    ['*', 'a:b'],
    ['*', 'a/b'],
    ['*', '/'],
    ['a*', 'a/'],
    ['a*c', 'ab/c'],
    ['*:*', 'a:b:c'],
    ['**z', 'za'],
    ['a**z', 'a'],
    ['a.c', 'abc'],
    ['a?c', 'abc'],
    ['[ab]', 'a'],
    ['a|b', 'a'],
    ['{a,b}', 'a'],
    ['\\*', '*'],
    ['^a$', 'a'],
    ['repo:acme/*', 'repo:acme/api:ref:refs/heads/main'],
    ['repo:acme/*:**', 'repo:acme2/api:x'],
  ])('%j does not match %j', (pattern, text) => {
    expect(matchesGlob(pattern, text)).toBe(false);
  });

  it('is one only with a star', () => {
    expect([isGlob('a*'), isGlob('**'), isGlob('a?[b]')]).toEqual([true, true, false]);
  });

  it('agrees with a plain reading of the rules', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', ':', '/', '*', '**'), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ':', '/'), maxLength: 10 });
    fc.assert(
      fc.property(pattern, text, (p, t) => {
        expect(matchesGlob(p, t)).toBe(plain(p, t));
      }),
      { seed: 1, numRuns: 4_000 },
    );
  });

  it.each([
    ['a*a*a*a*a*a*a*a*b', 'a'.repeat(2_000)],
    ['**a**a**a**a**a**b', 'a'.repeat(2_000)],
    ['**a*a*a*a*b', 'a'.repeat(2_000)],
    ['**:*a*:**b', ':a'.repeat(1_000)],
    ['*'.repeat(60), 'a:'.repeat(1_000)],
    [`${'**a'.repeat(40)}b`, 'a'.repeat(2_000)],
  ])('looks at most 4 · pattern · text characters up: %s', (pattern, text) => {
    const steps = vi.spyOn(String.prototype, 'charCodeAt');
    matchesGlob(pattern, text);
    const count = steps.mock.calls.length;
    steps.mockRestore();
    expect(count).toBeGreaterThan(text.length);
    expect(count).toBeLessThanOrEqual(4 * pattern.length * text.length);
  });
});

/** The rules, word by word, however slow. */
function plain(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (pattern.startsWith('**')) return plain(pattern.slice(2), text) || (text !== '' && plain(pattern, text.slice(1)));
  if (pattern.startsWith('*'))
    return plain(pattern.slice(1), text) || (/^[^:/]/.test(text) && plain(pattern, text.slice(1)));
  return pattern[0] === text[0] && plain(pattern.slice(1), text.slice(1));
}
