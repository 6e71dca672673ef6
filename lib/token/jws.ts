import { constants, type SigningOptions, verify } from 'node:crypto';
import { ALGORITHMS, type Algorithm } from '../entries/issuer.ts';
import { fromBase64url } from '../wire/bytes.ts';
import { isJsonObject, type JsonObject, own, parseStrictJson } from '../wire/strict-json.ts';
import type { VerificationKey } from './keys/verification-key.ts';

/** The longest JWS that is read, in characters (which are bytes: anything but ASCII is refused). */
export const MAX_JWS_LENGTH = 8192;

/** The longest `kid` and `jti`, in bytes: they are looked up or kept. */
export const MAX_ID_LENGTH = 256;

const THREE_PARTS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
const CONTROLS = /[\x00-\x1f\x7f]/;

/** A JWS of the right shape. Nothing in it is verified. */
export interface Jws {
  readonly header: JsonObject;
  readonly payload: JsonObject;
  readonly alg: Algorithm;
}

/**
 * Reads a JWS in compact form (RFC 7515 section 7.1) more strictly than `jose` would, which accepts several spellings of one
 * token: exactly three parts, canonical base64url, header and payload strict JSON objects, an asymmetric `alg`, and neither
 * `crit` nor `b64` (RFC 7797). `jku`, `x5u`, `x5c` and `jwk` are ignored.
 * @returns the JWS, or why it is refused: its shape (`malformed`), or `crit` or `b64` (`extension`)
 */
export function readJws(text: string): Jws | 'malformed' | 'extension' {
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

/** Whether a value can serve as an identifier: a string that is not empty, without control characters, at most `maxBytes` long. */
export function isIdentifier(value: unknown, maxBytes: number): value is string {
  if (typeof value !== 'string' || value === '' || value.length > maxBytes) return false;
  return Buffer.byteLength(value) <= maxBytes && !CONTROLS.test(value);
}

/** How node:crypto verifies each algorithm: digest (null for EdDSA), padding and form of the signature. RFC 7518, RFC 8037. */
const METHODS: Readonly<Record<Algorithm, readonly [digest: string | null, options: SigningOptions]>> = {
  RS256: ['sha256', { padding: constants.RSA_PKCS1_PADDING }],
  RS384: ['sha384', { padding: constants.RSA_PKCS1_PADDING }],
  RS512: ['sha512', { padding: constants.RSA_PKCS1_PADDING }],
  PS256: ['sha256', { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }],
  PS384: ['sha384', { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 }],
  PS512: ['sha512', { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 }],
  ES256: ['sha256', { dsaEncoding: 'ieee-p1363' }],
  ES384: ['sha384', { dsaEncoding: 'ieee-p1363' }],
  ES512: ['sha512', { dsaEncoding: 'ieee-p1363' }],
  EdDSA: [null, {}],
  Ed25519: [null, {}],
};

/**
 * Whether a JWS is signed by that key. The JWS must have passed {@link readJws}, and the caller must have compared its `alg`
 * with the key's: a key verifies with the one algorithm for which it was imported.
 *
 * node:crypto verifies on this thread. WebCrypto, which `jose` would use, hands each signature to another thread and back,
 * which makes a request slower, most of all on few cores (docs/performance.md). OpenSSL, underneath both, refuses malleated
 * Ed25519 signatures (S ≥ L) and ECDSA signatures in which r or s is zero.
 */
export function isSignedBy(jws: string, { key, alg }: VerificationKey): boolean {
  const end = jws.lastIndexOf('.');
  const signature = fromBase64url(jws.slice(end + 1));
  if (signature === undefined) return false;
  const [digest, options] = METHODS[alg];
  return verify(digest, Buffer.from(jws.slice(0, end), 'latin1'), { key, ...options }, signature);
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
    return undefined; // the one text for malformed tokens says enough
  }
}
