import { KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, importJWK, type JWK } from 'jose';
import type { Algorithm } from '../../entries/issuer.ts';
import { fromBase64url } from '../../wire/bytes.ts';
import { isJsonObject, type JsonObject, own } from '../../wire/strict-json.ts';
import { isSafeEd25519Key } from './ed25519-points.ts';

/** A public key, ready to verify with one algorithm. */
export interface VerificationKey {
  readonly key: KeyObject;
  readonly alg: Algorithm;
  /** RFC 7638, SHA-256, base64url. */
  readonly thumbprint: string;
}

/** A JWK that passed {@link readPublicJwk}: only the members that make up the key, and what it may be used for. */
export interface PublicJwk {
  readonly jwk: JWK;
  readonly kid: string | undefined;
  /** The algorithms that the key's type allows, and its `alg` if it has one. */
  readonly algorithms: readonly Algorithm[];
  readonly thumbprint: string;
}

// The key's type fixes the algorithm, whatever a token's header asks for (RFC 8725 section 3.1).
const RSA: readonly Algorithm[] = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
const CURVES: Readonly<Record<string, { kty: string; bytes: number; algorithms: readonly Algorithm[] }>> = {
  'P-256': { kty: 'EC', bytes: 32, algorithms: ['ES256'] },
  'P-384': { kty: 'EC', bytes: 48, algorithms: ['ES384'] },
  'P-521': { kty: 'EC', bytes: 66, algorithms: ['ES512'] },
  Ed25519: { kty: 'OKP', bytes: 32, algorithms: ['EdDSA', 'Ed25519'] },
};
/** RFC 7517 section 4.2, and how SPIFFE marks the keys of its tokens (JWT-SVID) in a bundle. */
const SIGNING_USES: readonly unknown[] = ['sig', 'jwt-svid'];
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];
const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 8192; // the cost of verifying grows with the square of the size, and a proof brings its own key

/**
 * Reads a public JWK (RFC 7517) that can verify signatures.
 * @returns undefined if it cannot: it is private or symmetric, for encryption, of an unknown type, too small, of small order,
 *   or misspelt
 */
export async function readPublicJwk(value: unknown): Promise<PublicJwk | undefined> {
  if (!isJsonObject(value) || PRIVATE_MEMBERS.some((member) => Object.hasOwn(value, member))) return undefined;
  const use = own(value, 'use');
  const operations = own(value, 'key_ops');
  if (use !== undefined && !SIGNING_USES.includes(use)) return undefined;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return undefined;
  const key = own(value, 'kty') === 'RSA' ? readRsa(value) : readCurve(value);
  if (key === undefined) return undefined;
  const alg = own(value, 'alg');
  const kid = own(value, 'kid');
  const algorithms = alg === undefined ? key.algorithms : key.algorithms.filter((one) => one === alg);
  if (algorithms.length === 0 || (kid !== undefined && typeof kid !== 'string')) return undefined;
  return { jwk: key.jwk, kid, algorithms, thumbprint: await calculateJwkThumbprint(key.jwk) };
}

/**
 * Imports the key for one of its algorithms.
 * @returns undefined if it is not a valid key after all, for example a point off its curve
 */
export async function importVerificationKey(from: PublicJwk, alg: Algorithm): Promise<VerificationKey | undefined> {
  try {
    const key = await importJWK(from.jwk, alg);
    if (key instanceof Uint8Array) return undefined;
    return { key: KeyObject.from(key as Parameters<typeof KeyObject.from>[0]), alg, thumbprint: from.thumbprint };
  } catch {
    return undefined;
  }
}

type Key = { jwk: JWK; algorithms: readonly Algorithm[] };

function readRsa(value: JsonObject): Key | undefined {
  const n = bytes(value, 'n');
  const e = bytes(value, 'e');
  if (n === undefined || e === undefined || n[0] === 0) return undefined;
  const bits = n.length * 8 - Math.clz32(n[0] ?? 0) + 24;
  if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) return undefined;
  // With exponent 1 a signature is the padded message itself; an even one has no inverse.
  if (e.length === 0 || e.length > 4 || (e.at(-1)! & 1) === 0 || (e.length === 1 && e[0]! < 3)) return undefined;
  return { jwk: { kty: 'RSA', n: value.n as string, e: value.e as string }, algorithms: RSA };
}

function readCurve(value: JsonObject): Key | undefined {
  const crv = own(value, 'crv');
  if (typeof crv !== 'string' || !Object.hasOwn(CURVES, crv)) return undefined;
  const { kty, bytes: size, algorithms } = CURVES[crv]!;
  const x = bytes(value, 'x');
  if (own(value, 'kty') !== kty || x?.length !== size) return undefined;
  if (kty === 'OKP') {
    return isSafeEd25519Key(x) ? { jwk: { kty, crv, x: value.x as string }, algorithms } : undefined;
  }
  if (bytes(value, 'y')?.length !== size) return undefined;
  return { jwk: { kty, crv, x: value.x as string, y: value.y as string }, algorithms };
}

function bytes(value: JsonObject, member: string): Uint8Array | undefined {
  const text = own(value, member);
  return typeof text === 'string' ? fromBase64url(text) : undefined;
}
