import { readFile } from 'node:fs/promises';
import { WaxsealError } from '../wire/errors.ts';
import { isName } from '../wire/names.ts';
import { SecretValue } from '../wire/secret-value.ts';
import { isJsonObject, type Json, own, parseStrictJson } from '../wire/strict-json.ts';

/**
 * Reads a file of values for the local broker: a JSON object that maps names to a string, an object (a JSON secret), or
 * `{"binary": "base64"}`.
 * @throws WaxsealError `invalid_request` that says what is wrong and, by `pointer`, under which name; it quotes no value
 */
export async function readValuesFile(file: string): Promise<Map<string, SecretValue>> {
  const bytes = await readFile(file).catch(() => {
    throw new WaxsealError('invalid_request', 'The values file cannot be read. Check its path and permissions.');
  });
  const content = parse(bytes);
  if (!isJsonObject(content)) throw new WaxsealError('invalid_request', 'The values file is not a JSON object.');
  return new Map(Object.entries(content).map(([name, value]) => [name, toValue(name, value)]));
}

function parse(bytes: Uint8Array): Json {
  try {
    return parseStrictJson(bytes);
  } catch (cause) {
    throw new WaxsealError('invalid_request', 'The values file is not JSON, or holds a name twice.', { cause });
  }
}

function toValue(name: string, value: Json): SecretValue {
  const fault = (text: string) =>
    new WaxsealError('invalid_request', text, { pointer: `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}` });
  if (!isName(name)) throw fault('Names are letters, digits and . _ - : @ in segments joined by /.');
  if (typeof value === 'string' && value !== '') return new SecretValue(value);
  if (!isJsonObject(value)) throw fault('A value is neither a text that is not empty, nor an object.');
  const binary = own(value, 'binary');
  if (typeof binary !== 'string' || Object.keys(value).length !== 1) return new SecretValue(JSON.stringify(value));
  const bytes = Buffer.from(binary, 'base64');
  if (bytes.length === 0 || bytes.toString('base64') !== binary) throw fault('A binary value is not base64.');
  return new SecretValue<Uint8Array>(bytes);
}
