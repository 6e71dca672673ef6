import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { fromBase64url } from '../wire/bytes.ts';
import { WaxsealError } from '../wire/errors.ts';
import { decodeNkeySeed, decodePublicNkey, encodeNkeySeed, encodePublicNkey } from './nkey.ts';
import { isSafePoint } from './points.ts';

/** A public xkey: its text form (`X…`, 56 characters, one spelling) and the key to calculate with. */
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
 * @throws WaxsealError `invalid_recipient` where the text is malformed, of another kind, or a point that must not be used
 */
export function parsePublicXkey(text: string): PublicXkey {
  const bytes = decodePublicNkey('X', text);
  if (bytes === undefined)
    throw new WaxsealError('invalid_recipient', 'The xkey is not in the text form of a public X key.');
  if (!isSafePoint(bytes)) throw new WaxsealError('invalid_recipient', 'The xkey is a point that must not be used.');
  return { text, key: importPublic(bytes) };
}

/** Makes a fresh xkey. Throws where the system has no randomness to give. */
export function generateXkey(): XkeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  const x = publicKey.export({ format: 'jwk' }).x as string;
  return { text: encodePublicNkey('X', fromBase64url(x)!), key: publicKey, privateKey };
}

/** Makes a fresh seed (`SX…`, 58 characters). The result is a secret. */
export function generateXkeySeed(): string {
  return encodeNkeySeed('X', randomBytes(32));
}

const PKCS8_X25519 = Buffer.from('302e020100300506032b656e04220420', 'hex');

/**
 * The xkey that a seed (`SX…`) stands for.
 * @throws WaxsealError `internal_error` where the seed is malformed
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
