import { readFile } from 'node:fs/promises';
import { WaxsealError } from '../wire/errors.ts';
import { isName } from '../wire/names.ts';
import { SecretValue } from '../wire/secret-value.ts';
import { isJsonObject, type Json, own, parseStrictJson } from '../wire/strict-json.ts';

/**
 * Reads a file of values for an embedded broker: a JSON object that maps names to a string, an object (a JSON secret), or
 * `{"binary": "base64"}`.
 * @throws WaxsealError `invalid_request` that says what is wrong, with the file's path and, as `pointer`, the name. It quotes
 *   no value
 */
export async function readValuesFile(path: string): Promise<Map<string, SecretValue>> {
  const at = { setting: 'secrets', path };
  const bytes = await readFile(path).catch((cause) => {
    throw new WaxsealError('invalid_request', 'The values file cannot be read.', { ...at, cause });
  });
  const content = parse(bytes, at);
  if (!isJsonObject(content)) throw new WaxsealError('invalid_request', 'The values file must be a JSON object.', at);
  return new Map(Object.entries(content).map(([name, value]) => [name, toValue(name, value, at)]));
}

/** What every fault of the file carries. */
type Place = { readonly setting: string; readonly path: string };

function parse(bytes: Uint8Array, at: Place): Json {
  try {
    return parseStrictJson(bytes);
  } catch (cause) {
    const options = { ...at, cause };
    throw new WaxsealError(
      'invalid_request',
      'The values file is not valid JSON, or has the same name twice.',
      options,
    );
  }
}

function toValue(name: string, value: Json, at: Place): SecretValue {
  const fault = (text: string) => {
    const pointer = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    return new WaxsealError('invalid_request', text, { ...at, pointer });
  };
  if (!isName(name)) {
    throw fault('A secret’s name consists of letters, digits and . _ - : @, in segments joined by /.');
  }
  if (typeof value === 'string' && value !== '') return new SecretValue(value);
  if (!isJsonObject(value)) throw fault('A value must be a non-empty string or an object.');
  const binary = own(value, 'binary');
  if (typeof binary !== 'string' || Object.keys(value).length !== 1) return new SecretValue(JSON.stringify(value));
  const bytes = Buffer.from(binary, 'base64');
  if (bytes.length === 0 || bytes.toString('base64') !== binary) throw fault('A binary value must be valid base64.');
  return new SecretValue<Uint8Array>(bytes);
}
