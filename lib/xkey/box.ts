import { diffieHellman, randomFillSync } from 'node:crypto';
import nacl from 'tweetnacl';
import { WaxsealError } from '../wire/errors.ts';
import type { PublicXkey, XkeyPair } from './keys.ts';

/** What tweetnacl exports, but its type file leaves out. */
interface LowLevel {
  crypto_core_hsalsa20(out: Uint8Array, input: Uint8Array, key: Uint8Array, constant: Uint8Array): number;
}
const { crypto_core_hsalsa20: hsalsa20 } = (nacl as unknown as { lowlevel: LowLevel }).lowlevel;

const MAGIC = Buffer.from('xkv1');
const NONCE_BYTES = nacl.box.nonceLength;
const HEADER_BYTES = MAGIC.length + NONCE_BYTES;
const ZERO_16 = new Uint8Array(16);
const SIGMA = Buffer.from('expand 32-byte k');

/**
 * Seals bytes to a recipient: `"xkv1" ‖ nonce ‖ crypto_box(bytes)`, with a fresh random nonce.
 * X25519 comes from node:crypto, which is several times faster than tweetnacl and throws on an all-zero shared secret. The rest
 * is tweetnacl's, so the bytes equal those of `nacl.box`.
 * @see https://nacl.cr.yp.to/box.html and the xkey format of nkeys
 * @throws if the system has no randomness; WaxsealError `invalid_recipient` if no key can be derived with the recipient
 */
export function seal(plaintext: Uint8Array, recipient: PublicXkey, sender: XkeyPair): Uint8Array {
  return sealWithNonce(plaintext, recipient, sender, randomFillSync(new Uint8Array(NONCE_BYTES)));
}

/** {@link seal} with a given nonce. Only for test vectors: a nonce used twice reveals both plaintexts. */
export function sealWithNonce(
  plaintext: Uint8Array,
  recipient: PublicXkey,
  sender: XkeyPair,
  nonce: Uint8Array,
): Uint8Array {
  const box = nacl.box.after(plaintext, nonce, sharedKey(recipient, sender));
  const sealed = new Uint8Array(HEADER_BYTES + box.length);
  sealed.set(MAGIC);
  sealed.set(nonce, MAGIC.length);
  sealed.set(box, HEADER_BYTES);
  return sealed;
}

/**
 * Opens what `sender` sealed to `recipient`.
 * @throws WaxsealError `invalid_recipient` if it is not a sealed message, was changed, or was sealed to or by another key
 */
export function open(sealed: Uint8Array, sender: PublicXkey, recipient: XkeyPair): Uint8Array {
  if (sealed.length <= HEADER_BYTES || !MAGIC.equals(sealed.subarray(0, MAGIC.length))) throw cannotOpen();
  const nonce = sealed.subarray(MAGIC.length, HEADER_BYTES);
  const opened = nacl.box.open.after(sealed.subarray(HEADER_BYTES), nonce, sharedKey(sender, recipient));
  if (opened === null) throw cannotOpen();
  return opened;
}

function sharedKey(theirs: PublicXkey, ours: XkeyPair): Uint8Array {
  const key = new Uint8Array(32);
  try {
    hsalsa20(key, ZERO_16, diffieHellman({ privateKey: ours.privateKey, publicKey: theirs.key }), SIGMA);
  } catch (cause) {
    throw new WaxsealError('invalid_recipient', 'No shared key can be derived with this xkey.', { cause });
  }
  return key;
}

function cannotOpen(): WaxsealError {
  return new WaxsealError('invalid_recipient', 'The sealed message cannot be opened.');
}
