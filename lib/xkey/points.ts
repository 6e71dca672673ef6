/**
 * X25519 public keys that must not be used. Two families: points of low order, for which the shared secret is the same
 * whatever the private key, and second spellings of a point (bit 255 set, or u ≥ p), with which one key could have two names.
 * Checking for the one canonical spelling refuses the second family whole, so only the canonical low-order points need a list.
 * @see RFC 7748 sections 5 and 6.1; https://cr.yp.to/ecdh.html#validate
 */
const LOW_ORDER = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', // p − 1
]);

/** Tells whether 32 bytes are the canonical spelling of an X25519 point whose order is not low. */
export function isSafePoint(key: Uint8Array): boolean {
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
