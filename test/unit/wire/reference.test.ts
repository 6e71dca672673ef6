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
    ['payments/stripe', 'must start with waxseal://'],
    ['WAXSEAL://a', 'must start with waxseal://'],
    ['waxseal:a', 'must start with waxseal://'],
    ['waxseal://', 'does not contain a valid secret name'],
    ['waxseal:///a', 'does not contain a valid secret name'],
    ['waxseal://a/../b', 'does not contain a valid secret name'],
    ['waxseal://a%2Fb', 'does not contain a valid secret name'],
    ['waxseal://payments/*', 'does not contain a valid secret name'],
    ['waxseal://a#api_key', 'NAME?field=FIELD, not with #'],
    ['waxseal://a?field=b#c', 'Write a # inside a value as %23.'],
    ['waxseal://a?', 'only field=FIELD and version=VERSION are allowed'],
    ['waxseal://a?feild=x', 'only field=FIELD and version=VERSION are allowed'],
    ['waxseal://a?field=x&', 'only field=FIELD and version=VERSION are allowed'],
    ['waxseal://a?field', 'only field=FIELD and version=VERSION are allowed'],
    ['waxseal://a?__proto__=x', 'only field=FIELD and version=VERSION are allowed'],
    ['waxseal://a?field=', 'without a value'],
    ['waxseal://a?field=x&field=y', 'a field or a version twice'],
    ['waxseal://a?field=%zz', 'not a percent-encoding'],
    ['waxseal://a?field=%ff', 'not a percent-encoding'],
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
