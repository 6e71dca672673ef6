import { describe, expect, it } from 'vitest';
import { selectField } from '../../../lib/stores/fields.ts';
import { SecretValue } from '../../../lib/wire/secret-value.ts';
import { everythingIn } from '../../kit/everything-in.ts';

const select = (text: string | Uint8Array, field: string) => selectField(new SecretValue(text), field);

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
    ['would be in an array', '["canary"]', '0'],
    ['would be a string’s', '"canary"', 'length'],
    ['would be a number’s', '1', 'toFixed'],
    ['would be null’s', 'null', 'a'],
    ['is in a string that is not JSON', 'canary', 'a'],
    ['is in broken JSON', '{"a":"canary"', 'a'],
    ['occurs twice', '{"a":"canary","a":"b"}', 'a'],
    ['is in JSON that is too deep', `{"a":"canary","b":${'['.repeat(40)}${']'.repeat(40)}}`, 'a'],
    ['is in bytes', new TextEncoder().encode('{"a":"canary"}'), 'a'],
  ])('that %s is not found', (_, value, field) => {
    let thrown: unknown;
    try {
      select(value, field);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'not_found', message: 'The secret has no such field.' });
    expect(everythingIn(thrown)).not.toContain('canary');
  });
});
