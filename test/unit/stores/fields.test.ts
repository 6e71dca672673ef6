import { describe, expect, it } from 'vitest';
import { selectField } from '../../../lib/stores/fields.ts';
import { SecretValue } from '../../../lib/wire/secret-value.ts';
import { everythingIn } from '../../kit/everything-in.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const select = (text: string | Uint8Array, field: string) => selectField(new SecretValue(text), field);

function refusalOf(value: string | Uint8Array, field: string): unknown {
  try {
    select(value, field);
  } catch (error) {
    return error;
  }
  throw new Error('was accepted');
}

describe('a field of a JSON secret', () => {
  it.each([
    ['a string, unchanged', '{"a":"x \\" \\u00fc"}', 'x " ü'],
    ['an empty string', '{"a":""}', ''],
    ['a number as it was spelt', '{"a": 1.10 }', '1.10'],
    ['a number beyond double precision', '{"a":12345678901234567890}', '12345678901234567890'],
    ['an exponent', '{"a":1E+2}', '1E+2'],
    ['true', '{"a":true}', 'true'],
    ['null', '{"a":null}', 'null'],
    [
      'an object without white space',
      '{"a": {"b": [1.0, "x", {}], "c": 9007199254740993}}',
      '{"b":[1.0,"x",{}],"c":9007199254740993}',
    ],
    ['the member of the outer object', '{"b":{"a":"inner"},"a":"outer"}', 'outer'],
  ])('is %s', (_, text, expected) => {
    const selected = select(text, 'a');
    expect(selected).toBeInstanceOf(SecretValue);
    expect(selected.reveal()).toBe(expected);
  });

  it.each(['', ' ', 'a.b', '/a', 'ключ', '$', 'a"b'])('may be named %j', (name) => {
    expect(select(JSON.stringify({ [name]: 'x' }), name).reveal()).toBe('x');
  });

  it.each([
    ['is missing', '{"canary":1}', 'a'],
    ['differs in case', '{"A":"canary"}', 'a'],
    ['is inherited', '{"a":"canary"}', 'constructor'],
    ['is a hidden member', '{"a":"canary"}', '__proto__'],
    ['would be in an inner object', '{"b":{"a":"canary"}}', 'a'],
    ['is missing in bytes', bytes('{"canary":1}'), 'a'],
    ['is inherited, in bytes', bytes('{"a":"canary"}'), 'constructor'],
  ])('that %s is not found', (_, value, field) => {
    const thrown = refusalOf(value, field);
    expect(thrown).toMatchObject({ code: 'not_found', message: 'The secret has no such field.' });
    expect(everythingIn(thrown)).not.toContain('canary');
  });

  it.each([
    ['an object', '{"a": 1.10, "b":"x"}', 'a', '1.10'],
    ['an object with characters beyond ASCII', '{"ключ":"ü 🔑"}', 'ключ', 'ü 🔑'],
    ['an object between white space', '\r\n {"a":"x"}\n', 'a', 'x'],
  ])('may be read from %s in bytes', (_, text, field, expected) => {
    expect(select(bytes(text), field).reveal()).toBe(expected);
  });
});

describe('a secret that is not a strict JSON object says why', () => {
  const NOT_JSON = 'it is not valid JSON.';
  const COMMA = 'it has a trailing comma.';
  const MARK = 'it starts with a byte order mark.';
  const TWICE = 'it contains the same member twice.';
  const SURROGATE = 'it contains a lone surrogate.';
  const BINARY = 'it is binary and not valid UTF-8.';
  const DEEP = 'it is nested more than 32 deep.';
  it.each<[string, string | Uint8Array, string]>([
    ['a trailing comma', '{"a":"canary",}', COMMA],
    ['a trailing comma before white space', '{"a":"canary" ,\r\n\t}\n', COMMA],
    ['a trailing comma in a list', '{"b":[1,2,],"a":"canary"}', COMMA],
    ['a trailing comma after a string with quotes and commas', '{"b":"\\",}","a":"canary",}', COMMA],
    ['a trailing comma in a list that is all there is', '["canary",]', COMMA],
    ['two trailing commas', '{"a":"canary",,}', NOT_JSON],
    ['only a comma', '{,"a":"canary"}', NOT_JSON],
    ['a comma inside a string of broken JSON', '{"a":"canary,}"', NOT_JSON],
    ['a byte order mark', '\ufeff{"a":"canary"}', MARK],
    ['a byte order mark in bytes', bytes('\ufeff{"a":"canary"}'), MARK],
    ['a byte order mark before text', '\ufeffcanary', MARK],
    ['a member twice', '{"a":"canary","a":"b"}', TWICE],
    ['another member twice', '{"a":"canary","b":1,"b":1}', TWICE],
    ['a member twice in another spelling', '{"a":"canary","\\u0061":"b"}', TWICE],
    ['a member twice further in', '{"a":"canary","c":[{"b":1,"b":2}]}', TWICE],
    ['a member twice in bytes', bytes('{"a":"canary","a":"b"}'), TWICE],
    ['__proto__', '{"a":"canary","__proto__":{}}', 'it contains a member named __proto__.'],
    ['an escaped lone surrogate', '{"a":"canary","b":"\\ud800"}', SURROGATE],
    ['a lone surrogate', '{"a":"canary","b":"\ud800"}', SURROGATE],
    ['a number that is too large', '{"a":"canary","b":1e999}', 'it contains a number that is too large.'],
    ['33 levels', `{"a":"canary","b":${'['.repeat(32)}${']'.repeat(32)}}`, DEEP],
    ['10,000 levels', `{"a":"canary","b":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, DEEP],
    ['a list', '["canary"]', 'it is a JSON array.'],
    ['a list in bytes', bytes('["canary"]'), 'it is a JSON array.'],
    ['an empty list', '[]', 'it is a JSON array.'],
    ['a string in quotes', '"canary"', 'it is a JSON string.'],
    ['an object in a string', '"{\\"a\\":\\"canary\\"}"', 'it is a JSON string.'],
    ['a number', '7', 'it is a JSON number.'],
    ['digits', '12345678901234567890', 'it is a JSON number.'],
    ['true', 'true', 'it is true or false.'],
    ['false', ' false\n', 'it is true or false.'],
    ['null', 'null', 'it is null.'],
    ['plain text', 'canary', NOT_JSON],
    ['plain text with a hyphen', 'canary-battery-staple', NOT_JSON],
    ['plain text with quotes', 'canary "x": "x":', NOT_JSON],
    ['plain text with many brackets', `canary ${'['.repeat(40)}`, NOT_JSON],
    ['plain text in bytes', bytes('canary'), NOT_JSON],
    ['nothing', '', NOT_JSON],
    ['no bytes', new Uint8Array(), NOT_JSON],
    ['broken JSON', '{"a":"canary"', NOT_JSON],
    ['two objects', '{"a":"canary"}{}', NOT_JSON],
    ['single quotes', "{'a':'canary'}", NOT_JSON],
    ['a name without quotes', '{a:"canary"}', NOT_JSON],
    ['a comment', '{"a":"canary"} // the key', NOT_JSON],
    ['NaN', '{"a":"canary","b":NaN}', NOT_JSON],
    ['a line break in a string', '{"a":"canary\n"}', NOT_JSON],
    ['YAML', 'a: canary', NOT_JSON],
    ['UTF-16 without a mark', Buffer.from('{"a":"canary"}', 'utf16le'), NOT_JSON],
    ['UTF-16 with a mark', Buffer.from('\ufeff{"a":"canary"}', 'utf16le'), BINARY],
    ['Latin-1', Buffer.from('{"a":"canary é"}', 'latin1'), BINARY],
    ['random bytes', Uint8Array.of(0, 255, 128, 10), BINARY],
    ['JSON cut in a character', bytes('{"a":"canary ü').slice(0, -1), BINARY],
  ])('%s', (_, value, why) => {
    const thrown = refusalOf(value, 'a');
    const message = `The secret is not a strict JSON object: ${why}`;
    expect(thrown).toMatchObject({ code: 'not_found', message });
    expect(thrown).not.toHaveProperty('cause');
    expect(everythingIn(thrown)).not.toContain('canary');
  });

  it.each([
    ['quotes', `{"a":"${'\\"'.repeat(32_000)}`],
    ['open strings', '{"a":'.repeat(13_000)],
    ['commas', `{${',   '.repeat(16_000)}`],
    ['white space after a comma', `{,${' '.repeat(65_000)}`],
    ['backslashes', `{"a":"${'\\'.repeat(65_000)}`],
  ])('64 KiB of %s at once', (_, value) => {
    const started = performance.now();
    expect(refusalOf(value, 'a')).toMatchObject({ code: 'not_found' });
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
