import { WaxsealError } from '../wire/errors.ts';
import { SecretValue } from '../wire/secret-value.ts';
import { isJsonObject, type Json, own, parseStrictJson } from '../wire/strict-json.ts';

/** What newer engines offer and TypeScript's types lack: numbers in their original spelling. */
const exactJson = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): unknown;
};

/**
 * One field of a secret that is a JSON object. A string field yields that string. Any other field yields its JSON, without
 * white space and with every number spelt as in the secret: 12345678901234567890 and 1.10 are not changed, since they may well
 * be account numbers or amounts.
 * @throws WaxsealError `not_found` if the value is bytes, is not a strict JSON object, or has no such member of its own
 */
export function selectField(value: SecretValue, field: string): SecretValue<string> {
  const text = value.reveal();
  const object = typeof text === 'string' ? parseQuietly(text) : undefined;
  const member = isJsonObject(object) ? own(object, field) : undefined;
  if (typeof text !== 'string' || member === undefined)
    throw new WaxsealError('not_found', 'The secret has no such field.');
  if (typeof member === 'string') return new SecretValue(member);
  const exact = exactJson.parse(text, (_, part, { source }) =>
    typeof part === 'number' && source !== undefined ? exactJson.rawJSON(source) : part,
  ) as Record<string, unknown>;
  return new SecretValue(JSON.stringify(exact[field]));
}

/** The JSON, or undefined. The parser's refusal is dropped, since it says something about the value. */
function parseQuietly(text: string): Json | undefined {
  try {
    return parseStrictJson(text, { code: 'not_found' });
  } catch {
    return undefined;
  }
}
