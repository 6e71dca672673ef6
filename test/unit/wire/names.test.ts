import { describe, expect, it } from 'vitest';
import { firstSegment, isName } from '../../../lib/wire/names.ts';

describe('names of secrets', () => {
  it.each([
    'a',
    'payments/stripe',
    'tenant:acme:stripeApiKey',
    'did:web:x@y/1',
    'a.b/c-d/_e',
    '...',
    'a/...',
    'x'.repeat(256),
    'A/0',
  ])('%s is valid', (name) => expect(isName(name)).toBe(true));

  it.each([
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    'a/..',
    '../a',
    'a/./b',
    'a b',
    'a*',
    'payments/*',
    'a\n',
    'a\0',
    'ä',
    'a%2Fb',
    'a\\b',
    'x'.repeat(257),
    'a\u200b',
    'ａ',
    '＜',
    'a?b',
    'a#b',
    'a&b',
    'a+b',
    '$x',
    '{x}',
    "a'b",
    'a"b',
    '😀',
    'a\ud800',
  ])('%j is not valid', (name) => expect(isName(name)).toBe(false));

  it('takes no longer for hostile strings', () => {
    expect(isName(`${'a.'.repeat(50_000)}!`)).toBe(false);
    expect(isName('./'.repeat(128))).toBe(false);
  });

  it('has a first segment', () => {
    expect(firstSegment('payments/stripe/key')).toBe('payments');
    expect(firstSegment('payments')).toBe('payments');
  });
});
