import { constants, type SigningOptions, verify } from 'node:crypto';
import type { Algorithm } from '../entries/issuer.ts';
import { fromBase64url } from '../wire/bytes.ts';
import type { VerificationKey } from './keys/verification-key.ts';

/** How node:crypto verifies each algorithm: digest (none for EdDSA), form of key and signature. RFC 7518, RFC 8037. */
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
 * Tells whether a JWS, whose shape was checked, is signed by that key, with the one algorithm that `jose` imported it for.
 * The caller has compared that with the header's `alg`. node:crypto verifies on this thread: WebCrypto, which jose would
 * use, hands each signature to another thread and back, which made whole gets dearer, most where cores are scarce
 * (docs/performance.md).
 * Malleated Ed25519 signatures (S ≥ L) and ECDSA ones with r or s of zero are refused by OpenSSL underneath both.
 */
export function isSignedBy(jws: string, { key, alg }: VerificationKey): boolean {
  const end = jws.lastIndexOf('.');
  const signature = fromBase64url(jws.slice(end + 1));
  if (signature === undefined) return false;
  const [digest, options] = METHODS[alg];
  return verify(digest, Buffer.from(jws.slice(0, end), 'latin1'), { key, ...options }, signature);
}
