import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WaxsealError } from '../../../lib/wire/errors.ts';
import { own, parseStrictJson } from '../../../lib/wire/strict-json.ts';

function refusal(input: string | Uint8Array): [string, string] {
  try {
    parseStrictJson(input);
  } catch (error) {
    if (error instanceof WaxsealError) return [error.code, error.message];
    throw error;
  }
  throw new Error('was accepted');
}

const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

afterEach(() => vi.restoreAllMocks());

describe('parseStrictJson', () => {
  it.each([
    ['a member twice', '{"a":1,"a":2}', 'The JSON contains the same member twice.'],
    ['a member twice in another spelling', '{"a":1,"\\u0061":2}', 'The JSON contains the same member twice.'],
    ['a member twice further in', '[{"x":{"b":1, "c":[{"b":2}], "b" :3}}]', 'The JSON contains the same member twice.'],
    ['__proto__', '{"__proto__":{}}', 'The JSON contains a member named __proto__, which is not allowed.'],
    [
      '__proto__ in escapes',
      '{"__pr\\u006fto__":{}}',
      'The JSON contains a member named __proto__, which is not allowed.',
    ],
    ['a byte order mark', '\ufeff{}', 'The JSON starts with a byte order mark.'],
    ['a lone surrogate', '{"a":"\ud800"}', 'The JSON contains a lone surrogate.'],
    ['a lone surrogate in an escape', '{"a":"\\ud800"}', 'The JSON contains a lone surrogate.'],
    ['a lone surrogate in a name', '{"\\udc00":1}', 'The JSON contains a lone surrogate.'],
    ['a number that overflows', '{"exp":1e999}', 'The JSON contains a number that is too large.'],
    ['33 levels', deep(33), 'The JSON is nested too deeply.'],
    ['nothing', '', 'The body is not valid JSON.'],
    ['half of it', '{"a":', 'The body is not valid JSON.'],
    ['an open string', '{"a":"b', 'The body is not valid JSON.'],
    ['a comment', '{/* */}', 'The body is not valid JSON.'],
    ['a trailing comma', '{"a":1,}', 'The body is not valid JSON.'],
    ['two values', '{}{}', 'The body is not valid JSON.'],
    ['NaN', '{"a":NaN}', 'The body is not valid JSON.'],
    ['a control character', '{"a":"\u0001"}', 'The body is not valid JSON.'],
  ])('refuses %s', (_, text, message) => {
    expect(refusal(text)).toEqual(['invalid_request', message]);
  });

  it.each([
    ['bytes that are not UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'The JSON is not valid UTF-8.'],
    ['an overlong encoding', Uint8Array.of(0x22, 0xc0, 0xaf, 0x22), 'The JSON is not valid UTF-8.'],
    [
      'a byte order mark in bytes',
      Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b, 0x7d),
      'The JSON starts with a byte order mark.',
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(refusal(bytes)).toEqual(['invalid_request', message]);
  });

  it.each([
    ['strings', `[${Array(1000).fill('"\\u0"').join()}]`],
    ['names', `{${Array(1000).fill('"\\u0":1').join()}}`],
  ])('stops at the first of many broken %s, so that a caller cannot choose the cost', (_, text) => {
    const parse = vi.spyOn(JSON, 'parse');
    expect(refusal(text)).toEqual(['invalid_request', 'The body is not valid JSON.']);
    expect(parse).toHaveBeenCalledTimes(1);
  });

  it('accepts 32 levels, the same name in different objects, and names of the prototype', () => {
    expect(parseStrictJson(deep(32))).toBeInstanceOf(Array);
    expect(parseStrictJson('[{"a":1},{"a":{"a":2}}]')).toEqual([{ a: 1 }, { a: { a: 2 } }]);
    expect(own(parseStrictJson('{"constructor":1}') as never, 'constructor')).toBe(1);
    expect(own({}, 'constructor')).toBeUndefined();
  });

  it('agrees with JSON.parse on everything that JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        if (text.includes('__proto__') || !text.isWellFormed()) return;
        expect(parseStrictJson(text)).toEqual(JSON.parse(text));
        expect(parseStrictJson(Buffer.from(` ${text}\n`))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('never accepts what JSON.parse refuses', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]":,\\ua1e-+. \n') }), (text) => {
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        if (!valid) expect(refusal(text)[0]).toBe('invalid_request');
      }),
    );
  });

  it('quotes nothing of the input in its error', () => {
    try {
      parseStrictJson('{"token":"canary-value');
    } catch (error) {
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error)).replace(/"stack".*/, '')).not.toContain('canary');
      expect((error as Error).cause).toBeUndefined();
    }
  });
});
