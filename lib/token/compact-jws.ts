import { ALGORITHMS, type Algorithm } from '../entries/issuer.ts';
import { fromBase64url } from '../wire/bytes.ts';
import { isJsonObject, type JsonObject, own, parseStrictJson } from '../wire/strict-json.ts';

/** Longest JWS that is looked at, in characters (which are bytes: anything but ASCII is refused). */
export const MAX_JWS_LENGTH = 8192;

/** Longest `kid`, `jti`: they are looked up or kept, so they are bounded. */
export const MAX_ID_LENGTH = 256;

const THREE_PARTS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
const CONTROLS = /[\x00-\x1f\x7f]/;

/** A JWS that has the right shape. Nothing in it is verified. */
export interface CompactJws {
  readonly header: JsonObject;
  readonly payload: JsonObject;
  readonly alg: Algorithm;
}

/**
 * Reads a JWS in compact form (RFC 7515 section 7.1) more strictly than `jose` does, which accepts several spellings of one
 * token: exactly three parts, canonical base64url, header and payload strict JSON objects, an asymmetric `alg`, and neither
 * `crit` nor `b64` (RFC 7797). `jku`, `x5u`, `x5c` and `jwk` are not looked at.
 * @returns the parts, or why there are none: its shape, or an extension
 */
export function readCompactJws(text: string): CompactJws | 'malformed' | 'extension' {
  if (text.length > MAX_JWS_LENGTH || !THREE_PARTS.test(text)) return 'malformed';
  const first = text.indexOf('.');
  const second = text.indexOf('.', first + 1);
  if (fromBase64url(text.slice(second + 1)) === undefined) return 'malformed';
  const header = readPart(text.slice(0, first));
  if (header === undefined) return 'malformed';
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) return 'extension';
  const alg = own(header, 'alg');
  if (!isAlgorithm(alg)) return 'malformed';
  const payload = readPart(text.slice(first + 1, second));
  return payload === undefined ? 'malformed' : { header, payload, alg };
}

/** Tells whether a value is text that can serve as an identifier: not empty, no control characters, at most so many bytes. */
export function isIdentifier(value: unknown, maxBytes: number): value is string {
  if (typeof value !== 'string' || value === '' || value.length > maxBytes) return false;
  return Buffer.byteLength(value) <= maxBytes && !CONTROLS.test(value);
}

function isAlgorithm(value: unknown): value is Algorithm {
  return (ALGORITHMS as readonly unknown[]).includes(value);
}

function readPart(encoded: string): JsonObject | undefined {
  const bytes = fromBase64url(encoded);
  if (bytes === undefined) return undefined;
  try {
    const value = parseStrictJson(bytes, { code: 'invalid_token' });
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined; // the one text for a token of a wrong shape says enough
  }
}
