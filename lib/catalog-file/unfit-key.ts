import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { Algorithm } from '../entries/issuer.ts';
import { isSafeEd25519Key } from '../token/keys/ed25519-points.ts';
import { fromBase64url } from '../wire/bytes.ts';
import { isJsonObject } from '../wire/strict-json.ts';

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];
const CURVES: Readonly<Record<string, readonly Algorithm[]>> = {
  prime256v1: ['ES256'],
  secp384r1: ['ES384'],
  secp521r1: ['ES512'],
};
/** RFC 7518 section 6 and RFC 8037 section 2. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  RSA: ['n', 'e'],
  EC: ['crv', 'x', 'y'],
  OKP: ['crv', 'x'],
};
const RSA: readonly Algorithm[] = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];

/**
 * What was expected of a key in the file, if it is not fit to verify this issuer's tokens; otherwise undefined. Token
 * verification skips keys that it cannot use; in a file that somebody writes by hand such a key is a mistake. The text never
 * quotes the key, since someone may have pasted a private one.
 * @param algorithms what the key may be for; empty if that is unknown
 */
export function unfitKey(jwk: unknown, algorithms: readonly Algorithm[]): string | undefined {
  if (!isJsonObject(jwk)) return 'a public key as a JWK';
  if (jwk.kty === 'oct' || PRIVATE_MEMBERS.some((member) => Object.hasOwn(jwk, member))) {
    return 'a public key, found a private or symmetric one: remove it, and replace the key pair if the file was shared';
  }
  const nested = Object.values(jwk).some((member) => [member].flat().some((one) => typeof one === 'object'));
  if (nested) return 'a public key as a JWK, without nested members';
  const members = Object.hasOwn(MEMBERS, String(jwk.kty)) ? MEMBERS[String(jwk.kty)]! : [];
  const missing = members.filter((member) => !Object.hasOwn(jwk, member));
  if (missing.length > 0) {
    return `a public key as a JWK of kty ${jwk.kty} with ${members.join(', ')}; missing: ${missing.join(', ')}`;
  }
  const key = importKey(jwk as JsonWebKey);
  if (key === undefined) return 'a public key as a JWK of kty RSA, EC or OKP';
  const fitting = algorithmsOf(key, jwk);
  if (typeof fitting === 'string') return fitting;
  if (algorithms.length === 0) return undefined;
  const alg = jwk.alg;
  if (algorithms.some((one) => fitting.includes(one) && (alg === undefined || alg === one))) return undefined;
  return `a key for one of the issuer's algorithms (${algorithms.join(', ')}); this one fits ${alg ?? fitting.join(', ')}`;
}

function importKey(jwk: JsonWebKey): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    return undefined;
  }
}

function algorithmsOf(key: KeyObject, jwk: { readonly [member: string]: unknown }): readonly Algorithm[] | string {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return modulusLength! >= 2048 && modulusLength! <= 8192 ? RSA : 'an RSA key of 2048 to 8192 bits';
    case 'ec':
      return CURVES[namedCurve!] ?? 'a key on P-256, P-384 or P-521';
    case 'ed25519':
      return isSafeEd25519Key(fromBase64url(String(jwk.x)) ?? new Uint8Array())
        ? ['EdDSA', 'Ed25519']
        : 'an Ed25519 key that is not of small order';
    default:
      return 'a key that verifies signatures: RSA, P-256, P-384, P-521 or Ed25519';
  }
}
