import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatReference, isReference, parseReference } from '../../../lib/wire/reference.ts';

describe('parseReference', () => {
  it.each([
    ['waxseal://payments/stripe', { secret: 'payments/stripe' }],
    ['waxseal://payments/stripe?field=api_key', { secret: 'payments/stripe', field: 'api_key' }],
    ['waxseal://a:b@c/d?version=4', { secret: 'a:b@c/d', version: 4 }],
    ['waxseal://a?version=previous&field=x', { secret: 'a', field: 'x', version: 'previous' }],
    ['waxseal://a?field=x%20y%26z%23%25', { secret: 'a', field: 'x y&z#%' }],
    ['waxseal://a?field=a=b', { secret: 'a', field: 'a=b' }],
    ['waxseal://a?field=a+b', { secret: 'a', field: 'a+b' }],
    ['waxseal://a?version=04', { secret: 'a', version: '04' }],
    ['waxseal://a?version=0f3c-11', { secret: 'a', version: '0f3c-11' }],
  ])('%s', (text, parts) => {
    expect(parseReference(text)).toEqual(parts);
  });

  it.each([
    ['payments/stripe', 'starts with waxseal://'],
    ['WAXSEAL://a', 'starts with waxseal://'],
    ['waxseal:a', 'starts with waxseal://'],
    ['waxseal://', 'holds no name'],
    ['waxseal:///a', 'holds no name'],
    ['waxseal://a/../b', 'holds no name'],
    ['waxseal://a%2Fb', 'holds no name'],
    ['waxseal://payments/*', 'holds no name'],
    ['waxseal://a#api_key', 'NAME?field=FIELD, not with #'],
    ['waxseal://a?field=b#c', 'A # inside a value is %23'],
    ['waxseal://a?', 'field=FIELD or version=VERSION only'],
    ['waxseal://a?feild=x', 'field=FIELD or version=VERSION only'],
    ['waxseal://a?field=x&', 'field=FIELD or version=VERSION only'],
    ['waxseal://a?field', 'field=FIELD or version=VERSION only'],
    ['waxseal://a?__proto__=x', 'field=FIELD or version=VERSION only'],
    ['waxseal://a?field=', 'without a value'],
    ['waxseal://a?field=x&field=y', 'a member twice'],
    ['waxseal://a?field=%zz', 'no percent-encoding'],
    ['waxseal://a?field=%ff', 'no percent-encoding'],
  ])('refuses %s', (text, message) => {
    expect(() => parseReference(text)).toThrow(
      expect.objectContaining({ code: 'invalid_request', message: expect.stringContaining(message) }),
    );
  });

  it('reads back whatever formatReference writes', () => {
    const field = fc.string({ unit: 'grapheme', minLength: 1 });
    const version = fc.oneof(fc.integer({ min: 1, max: 10 ** 9 }), fc.constantFrom('current', 'previous', 'a1-b2'));
    fc.assert(
      fc.property(fc.record({ field, version }, { requiredKeys: [] }), (parts) => {
        const reference = { secret: 'team:a/b@c', ...parts };
        expect(isReference(formatReference(reference))).toBe(true);
        expect(parseReference(formatReference(reference))).toEqual(reference);
      }),
    );
  });
});
