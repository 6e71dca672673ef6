import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { fromBase64url } from '../wire/bytes.ts';
import { WaxsealError } from '../wire/errors.ts';
import { decodeNkeySeed, decodePublicNkey, encodePublicNkey } from './nkey.ts';

/** A public xkey: as a string (`X…`, 56 characters, a single spelling) and as the key to calculate with. */
export interface PublicXkey {
  readonly text: string;
  readonly key: KeyObject;
}

/** An xkey with its private half. The private key is a handle, not bytes: it cannot be logged by mistake. */
export interface XkeyPair extends PublicXkey {
  readonly privateKey: KeyObject;
}

/**
 * Reads a public xkey.
 * @throws WaxsealError `invalid_recipient` if the string is malformed, an nkey of another kind, or an unsafe point
 */
export function parsePublicXkey(text: string): PublicXkey {
  const bytes = decodePublicNkey('X', text);
  if (bytes === undefined)
    throw new WaxsealError(
      'invalid_recipient',
      'Not a valid public xkey. A public xkey starts with X and has 56 characters.',
    );
  if (!isSafePoint(bytes))
    throw new WaxsealError('invalid_recipient', 'The xkey is an unsafe point on the curve and cannot be used.');
  return { text, key: importPublic(bytes) };
}

/** Makes a fresh xkey. Throws if the system has no randomness. */
export function generateXkey(): XkeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  const x = publicKey.export({ format: 'jwk' }).x as string;
  return { text: encodePublicNkey('X', fromBase64url(x)!), key: publicKey, privateKey };
}

const PKCS8_X25519 = Buffer.from('302e020100300506032b656e04220420', 'hex');

/**
 * The xkey of a seed (`SX…`).
 * @throws WaxsealError `internal_error` if the seed is malformed
 */
export function xkeyFromSeed(seed: string): XkeyPair {
  const raw = decodeNkeySeed('X', seed);
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_X25519, raw]), format: 'der', type: 'pkcs8' });
  const key = createPublicKey(privateKey);
  const x = key.export({ format: 'jwk' }).x as string;
  return { text: encodePublicNkey('X', fromBase64url(x)!), key, privateKey };
}

function importPublic(bytes: Uint8Array): KeyObject {
  const x = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
}

/**
 * X25519 public keys that must not be used are of two kinds: points of low order, with which the shared secret is the same for
 * every private key, and second spellings of a point (bit 255 set, or u ≥ p), with which one key could have two names. Requiring
 * the canonical spelling refuses all of the second kind, so the list only needs the canonical low-order points.
 * @see RFC 7748 sections 5 and 6.1; https://cr.yp.to/ecdh.html#validate
 */
const LOW_ORDER = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', // p − 1
]);

/** Whether these are the 32 bytes, in canonical spelling, of an X25519 point whose order is not low. */
function isSafePoint(key: Uint8Array): boolean {
  if (key.length !== 32 || !isCanonical(key)) return false;
  return !LOW_ORDER.has(Buffer.from(key.buffer, key.byteOffset, 32).toString('hex'));
}

/** u < 2^255 − 19, little-endian: bit 255 clear, and not one of the 19 values from p to 2^255 − 1. */
function isCanonical(key: Uint8Array): boolean {
  if (key[31]! > 0x7f) return false;
  if (key[31] !== 0x7f || key[0]! < 0xed) return true;
  for (let at = 1; at < 31; at++) if (key[at] !== 0xff) return true;
  return false;
}
