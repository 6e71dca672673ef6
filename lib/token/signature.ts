import { type CryptoKey, compactVerify, errors } from 'jose';
import type { Algorithm } from './trusted-issuer.ts';

/**
 * Tells whether a JWS, whose shape was checked, is signed by that key with that algorithm. `jose` verifies, with WebCrypto
 * underneath, which refuses malleated Ed25519 signatures (S ≥ L) and ECDSA ones with r or s of zero.
 */
export async function isSignedBy(jws: string, key: CryptoKey, alg: Algorithm): Promise<boolean> {
  try {
    await compactVerify(jws, key, { algorithms: [alg] });
    return true;
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) return false;
    throw error;
  }
}
