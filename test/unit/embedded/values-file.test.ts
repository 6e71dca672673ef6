import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readValuesFile } from '../../../lib/embedded/values-file.ts';

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waxseal-'));
  file = join(folder, 'values.json');
});
afterAll(() => rm(folder, { recursive: true }));

const NOT_JSON = 'The values file is not valid JSON, or has the same name twice.';
const NO_NAME = 'A secret’s name consists of letters, digits and . _ - : @, in segments joined by /.';
const NO_VALUE = 'A value must be a non-empty string or an object.';

describe('a values file', () => {
  it('holds strings, JSON secrets and bytes', async () => {
    await writeFile(file, '{ "a": "text", "b/c": { "key": "k" }, "d": { "binary": "AP8=" } }');
    const values = await readValuesFile(file);
    expect([...values].map(([name, value]) => [name, value.reveal()])).toEqual([
      ['a', 'text'],
      ['b/c', '{"key":"k"}'],
      ['d', Buffer.from([0, 255])],
    ]);
  });

  it.each([
    ['invalid JSON', '{ "a": ', NOT_JSON, undefined],
    ['a name twice', '{ "a": "s3cret", "a": "s3cret" }', NOT_JSON, undefined],
    ['a list', '["s3cret"]', 'The values file must be a JSON object.', undefined],
    ['an invalid name', '{ "a b~/": "s3cret" }', NO_NAME, '/a b~0~1'],
    ['a number', '{ "a/b": 5 }', NO_VALUE, '/a~1b'],
    ['an empty string', '{ "a": "" }', NO_VALUE, '/a'],
    ['invalid base64', '{ "a": { "binary": "s3cret!" } }', 'A binary value must be valid base64.', '/a'],
  ])('with %s is refused', async (_, text, message, pointer) => {
    await writeFile(file, text);
    await expect(readValuesFile(file)).rejects.toMatchObject({
      code: 'invalid_request',
      message,
      pointer,
      setting: 'secrets',
      path: file,
    });
  });

  it('that is missing is reported as such', async () => {
    await expect(readValuesFile(join(folder, 'none'))).rejects.toMatchObject({
      code: 'invalid_request',
      message: 'The values file cannot be read.',
      path: join(folder, 'none'),
      cause: { code: 'ENOENT' },
    });
  });
});
