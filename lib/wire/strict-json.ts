import { type ErrorCode, WaxsealError } from './errors.ts';

/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
/** A JSON object. Read members with {@link own}: `constructor` and the like must not be found. */
export interface JsonObject {
  [member: string]: Json;
}

/** What can be wrong with a document, and how a refusal says it by default. */
const TEXTS = {
  encoding: 'The JSON is not valid UTF-8.',
  mark: 'The JSON starts with a byte order mark.',
  surrogate: 'The JSON contains a lone surrogate.',
  depth: 'The JSON is nested too deeply.',
  range: 'The JSON contains a number that is too large.',
  repeated: 'The JSON contains the same member twice.',
  hidden: 'The JSON contains a member named __proto__, which is not allowed.',
  syntax: 'The body is not valid JSON.',
} as const;

/** One of the things that keep a document from being strict JSON. */
export type JsonFault = keyof typeof TEXTS;

/** The limits of a document, and the refusal if it is not strict JSON. */
export interface StrictJsonOptions {
  /** Deepest nesting that is accepted (default: 32). */
  depth?: number;
  /** The code of the refusal (default: `invalid_request`). */
  code?: ErrorCode;
  /** The refusal's text for each fault: fixed, with nothing of the document in it (default: about "the JSON"). */
  texts?: Readonly<Record<JsonFault, string>>;
}

/** Makes the refusal of a fault. */
type Refuse = (fault: JsonFault, cause?: unknown) => WaxsealError;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Parses JSON (RFC 8259) as I-JSON (RFC 7493) wants it: valid UTF-8 without a byte order mark or lone surrogates, no repeated
 * members in an object, nesting of at most 32, no number that overflows to infinity, no `__proto__` member. It checks the depth
 * before it builds anything. The caller limits the length.
 * @throws WaxsealError with `options.code`
 */
export function parseStrictJson(input: Uint8Array | string, options: StrictJsonOptions = {}): Json {
  const { code = 'invalid_request', depth = 32, texts = TEXTS } = options;
  const refuse: Refuse = (fault, cause) => {
    const text = texts[fault];
    return new WaxsealError(code, text, { cause });
  };
  let text: string;
  if (typeof input === 'string') text = input;
  else {
    try {
      text = decoder.decode(input);
    } catch (cause) {
      throw refuse('encoding', cause);
    }
  }
  if (text.charCodeAt(0) === 0xfeff) throw refuse('mark');
  if (!text.isWellFormed()) throw refuse('surrogate');
  scan(text, depth, refuse);
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw refuse('syntax'); // the parser's message quotes the input, so it is not even kept as the cause
  }
}

/** The object's own member of that name, or undefined. */
export function own(object: JsonObject, member: string): Json | undefined {
  return Object.hasOwn(object, member) ? object[member] : undefined;
}

/** Whether a JSON value is an object (not null, not an array). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const QUOTE = 34;
const COLON = 58;

/**
 * Walks the tokens once. It does not check the grammar, which `JSON.parse` does afterwards; it looks for what `JSON.parse`
 * accepts: any depth, repeated members, escaped lone surrogates, numbers without a finite value.
 */
function scan(text: string, maxDepth: number, refuse: Refuse): void {
  const objects: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c === QUOTE) {
      const end = endOfString(text, at);
      if (text.slice(at, end).includes('\\u')) refuseLoneEscape(text.slice(at, end), refuse);
      if (nextSolid(text, end) === COLON) addMember(objects.at(-1), text.slice(at, end), refuse);
      at = end - 1;
    } else if (c === 123 || c === 91) {
      if (objects.length >= maxDepth) throw refuse('depth');
      objects.push(c === 123 ? new Set() : undefined);
    } else if (c === 125 || c === 93) objects.pop();
    else if (c === 45 || (c >= 48 && c <= 57)) {
      const end = endOfNumber(text, at);
      if (!Number.isFinite(Number(text.slice(at, end)))) throw refuse('range');
      at = end - 1;
    }
  }
}

function endOfNumber(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && '0123456789+-.eE'.includes(text[at]!)) at++;
  return at;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote === -1) return text.length;
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === 92) backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
    at = quote + 1;
  }
}

function nextSolid(text: string, start: number): number {
  let at = start;
  for (;;) {
    const c = text.charCodeAt(at);
    if (c !== 32 && c !== 9 && c !== 10 && c !== 13) return c;
    at++;
  }
}

function addMember(object: Set<string> | undefined, quoted: string, refuse: Refuse): void {
  const name = quoted.includes('\\') ? unescaped(quoted, refuse) : quoted.slice(1, -1);
  if (name === '__proto__') throw refuse('hidden');
  if (object?.has(name)) throw refuse('repeated');
  object?.add(name);
}

function refuseLoneEscape(quoted: string, refuse: Refuse): void {
  if (!unescaped(quoted, refuse).isWellFormed()) throw refuse('surrogate');
}

/** Throws at the first broken string: an exception for each of thousands would cost far more than the parser. */
function unescaped(quoted: string, refuse: Refuse): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    throw refuse('syntax');
  }
}
