import { WaxsealError } from '../wire/errors.ts';
import { SecretValue } from '../wire/secret-value.ts';
import { isJsonObject, type Json, type JsonFault, type JsonObject, own, parseStrictJson } from '../wire/strict-json.ts';

/** What newer engines offer and TypeScript's types lack: numbers in their original spelling. */
const exactJson = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): unknown;
};

/** Why a secret has no fields. Each text names the kind of fault and nothing of the value. */
const TEXTS = {
  encoding: 'The secret is not a strict JSON object: it is binary and not valid UTF-8.',
  mark: 'The secret is not a strict JSON object: it starts with a byte order mark.',
  comma: 'The secret is not a strict JSON object: it has a trailing comma.',
  syntax: 'The secret is not a strict JSON object: it is not valid JSON.',
  repeated: 'The secret is not a strict JSON object: it contains the same member twice.',
  hidden: 'The secret is not a strict JSON object: it contains a member named __proto__.',
  surrogate: 'The secret is not a strict JSON object: it contains a lone surrogate.',
  depth: 'The secret is not a strict JSON object: it is nested more than 32 deep.',
  range: 'The secret is not a strict JSON object: it contains a number that is too large.',
  array: 'The secret is not a strict JSON object: it is a JSON array.',
  string: 'The secret is not a strict JSON object: it is a JSON string.',
  number: 'The secret is not a strict JSON object: it is a JSON number.',
  boolean: 'The secret is not a strict JSON object: it is true or false.',
  null: 'The secret is not a strict JSON object: it is null.',
} as const satisfies Record<JsonFault, string> & Record<string, string>;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * One field of a secret that is a JSON object, stored as a string or as bytes in UTF-8. A string field yields that string. Any
 * other field yields its JSON, without white space and with every number spelt as in the secret: 12345678901234567890 and 1.10
 * are not changed, since they may well be account numbers or amounts.
 * @throws WaxsealError `not_found` if the value is not a strict JSON object, saying why, or has no such member of its own
 */
export function selectField(value: SecretValue, field: string): SecretValue<string> {
  const text = readText(value.reveal());
  const member = own(readObject(text), field);
  if (member === undefined) throw new WaxsealError('not_found', 'The secret has no such field.');
  if (typeof member === 'string') return new SecretValue(member);
  const exact = exactJson.parse(text, (_, part, { source }) =>
    typeof part === 'number' && source !== undefined ? exactJson.rawJSON(source) : part,
  ) as Record<string, unknown>;
  return new SecretValue(JSON.stringify(exact[field]));
}

function readText(value: string | Uint8Array): string {
  if (typeof value === 'string') return value;
  try {
    return decoder.decode(value);
  } catch {
    throw new WaxsealError('not_found', TEXTS.encoding);
  }
}

function readObject(text: string): JsonObject {
  const json = readStrictly(text);
  if (isJsonObject(json)) return json;
  const kind =
    json === null ? 'null' : Array.isArray(json) ? 'array' : (typeof json as 'string' | 'number' | 'boolean');
  throw new WaxsealError('not_found', TEXTS[kind]);
}

function readStrictly(text: string): Json {
  try {
    return parseStrictJson(text, { code: 'not_found', texts: TEXTS });
  } catch (error) {
    // Of text that is not JSON, it reports the first odd thing it meets: a hyphen is a broken number to it.
    if (text.startsWith('\ufeff') || isJson(text)) throw error;
  }
  const fault = isJson(withoutTrailingCommas(text)) ? 'comma' : 'syntax';
  throw new WaxsealError('not_found', TEXTS[fault]);
}

/** Whether the parser takes it. The parser's own error quotes the value, so it goes no further. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Matches whole strings, so that the commas in them stay, and even one without an end, so that nothing is scanned twice. */
function withoutTrailingCommas(text: string): string {
  return text.replace(/("(?:[^"\\]|\\[\s\S])*"?)|,(?=\s*[}\]])/g, '$1');
}
