/**
 * Ed25519 public keys under which anybody can make a signature that verifies for some or all messages: the points of small
 * order. Whether `node:crypto` accepts them depends on its OpenSSL (3.0 does, 3.5 does not), so they are refused on import.
 * The list has their y coordinates without the sign bit, little-endian. All other spellings of a point (y ≥ p) are refused.
 * @see RFC 8032 section 5.1.7; https://eprint.iacr.org/2020/1244 (Taming the many EdDSAs), table 1
 */
const SMALL_ORDER = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', // p − 1
]);

const P = 2n ** 255n - 19n;

/** Whether these are the 32 bytes, in canonical spelling, of an Ed25519 point whose order is not small. */
export function isSafeEd25519Key(key: Uint8Array): boolean {
  if (key.length !== 32) return false;
  const y = Uint8Array.from(key);
  y[31]! &= 0x7f;
  if (SMALL_ORDER.has(Buffer.from(y).toString('hex'))) return false;
  return BigInt(`0x${Buffer.from(y).reverse().toString('hex')}`) < P;
}
