import { WaxsealError } from '../wire/errors.ts';

/** The kinds of nkey that occur here, each with the prefix byte that makes its first letter. */
const NKEY_PREFIX = { A: 0, C: 16, M: 96, N: 104, O: 112, U: 160, V: 168, X: 184 } as const;

/** The first letter of a public nkey: account, cluster, module, server, operator, user, provider, curve. */
export type NkeyKind = keyof typeof NKEY_PREFIX;

const SEED_PREFIX = 144;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Decodes RFC 4648 base32 without padding; undefined if a character is not in the alphabet. Spare bits are ignored. */
function fromBase32(text: string): Uint8Array | undefined {
  const out = new Uint8Array((text.length * 5) >> 3);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const char of text) {
    const digit = ALPHABET.indexOf(char);
    if (digit === -1) return undefined;
    held = ((held << 5) | digit) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out[at++] = (held >> bits) & 0xff;
    }
  }
  return out;
}

function toBase32(bytes: Uint8Array): string {
  let out = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out += ALPHABET[(held >> bits) & 31];
    }
  }
  return bits > 0 ? out + ALPHABET[(held << (5 - bits)) & 31] : out;
}

/** CRC-16/XMODEM: polynomial 0x1021, initial value 0. */
function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc;
}

function withChecksum(body: Uint8Array): string {
  const crc = crc16(body);
  return toBase32(Uint8Array.of(...body, crc & 0xff, crc >> 8)); // little-endian, as in nkeys
}

function checked(text: string, length: number): Uint8Array | undefined {
  if (text.length !== length) return undefined;
  const bytes = fromBase32(text);
  if (bytes === undefined) return undefined;
  const body = bytes.subarray(0, -2);
  // Comparing with the encoded body also refuses a wrong checksum, and spare bits that are set.
  return withChecksum(body) === text ? body : undefined;
}

/**
 * Encodes a public key as an nkey: base32 of prefix, 32 key bytes and checksum, 56 characters.
 * @see the nkeys format, https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/nkey_auth
 */
export function encodePublicNkey(kind: NkeyKind, key: Uint8Array): string {
  return withChecksum(Uint8Array.of(NKEY_PREFIX[kind], ...key));
}

/** The 32 bytes of a public nkey of that kind; undefined if the string is anything else. */
export function decodePublicNkey(kind: NkeyKind, text: string): Uint8Array | undefined {
  const body = checked(text, 56);
  return body !== undefined && body[0] === NKEY_PREFIX[kind] ? body.subarray(1) : undefined;
}

/** Encodes a seed (private key) as an nkey seed, 58 characters. The result is a secret. */
export function encodeNkeySeed(kind: NkeyKind, seed: Uint8Array): string {
  const prefix = NKEY_PREFIX[kind];
  return withChecksum(Uint8Array.of(SEED_PREFIX | (prefix >> 5), (prefix & 31) << 3, ...seed));
}

/**
 * The 32 bytes of an nkey seed of that kind.
 * @throws WaxsealError `internal_error` if the string is not the canonical spelling of one; the error never quotes it
 */
export function decodeNkeySeed(kind: NkeyKind, text: string): Uint8Array {
  const body = checked(text, 58);
  const prefix = NKEY_PREFIX[kind];
  if (body === undefined || body[0] !== (SEED_PREFIX | (prefix >> 5)) || body[1] !== (prefix & 31) << 3) {
    throw new WaxsealError('internal_error', 'A configured seed is not a valid nkey seed of the right kind.');
  }
  return body.subarray(2);
}
