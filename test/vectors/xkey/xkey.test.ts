import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fromCurveSeed } from '@nats-io/nkeys';
import fc from 'fast-check';
import nacl from 'tweetnacl';
import { describe, expect, it } from 'vitest';
import { fromBase64url } from '../../../lib/wire/bytes.ts';
import { WaxsealError } from '../../../lib/wire/errors.ts';
import { open, seal, sealWithNonce } from '../../../lib/xkey/box.ts';
import { generateXkey, parsePublicXkey, xkeyFromSeed } from '../../../lib/xkey/keys.ts';
import { decodeNkeySeed, decodePublicNkey, encodeNkeySeed, encodePublicNkey } from '../../../lib/xkey/nkey.ts';

interface Vector {
  sender_seed: string;
  sender: string;
  recipient_seed: string;
  recipient: string;
  plaintext_base64url: string;
  sealed_base64url: string;
}

/** A fresh seed (`SX…`). */
const generateXkeySeed = () => encodeNkeySeed('X', randomBytes(32));

function vectors(file: string): Vector[] {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')) as Vector[];
}

function refusal(run: () => unknown): [string, string] {
  try {
    run();
  } catch (error) {
    if (error instanceof WaxsealError) return [error.code, error.message];
    throw error;
  }
  throw new Error('It was not refused.');
}

const BAD_FORM = ['invalid_recipient', 'Not a valid public xkey. A public xkey starts with X and has 56 characters.'];
const BAD_POINT = ['invalid_recipient', 'The xkey is an unsafe point on the curve and cannot be used.'];
const CANNOT_OPEN = ['invalid_recipient', 'The sealed message cannot be opened.'];

describe('seeds and public keys', () => {
  it.each([
    [
      'SXAC35QF3FMZXS2KGYXGF2DN45JSSDYQM3CQMWAZJW5NMA7Y7BCMVSWL4A',
      'XC3JR4XPYAY5RGS46POPR7A6YEIJG3B5CADCJXTLUFESTNFIV6OWPSCX',
    ],
    [
      'SXAKIYZX2POLIHZ5W5YZEWVTH24NLEUETBW3TKIVYRSS3GNHFXO5D4JJZM',
      'XBUJMZHVOPQ2SK5VD3TY4VNBPVU2YFGRLK6EFPEPSMVDUYEBSROWZCEA',
    ],
  ])('the seed %s has its public key', (seed, text) => {
    expect(xkeyFromSeed(seed).text).toBe(text);
    expect(parsePublicXkey(text).text).toBe(text);
  });

  it('match those of the JavaScript nkeys library for fresh seeds', () => {
    for (let i = 0; i < 20; i++) {
      const seed = generateXkeySeed();
      expect(xkeyFromSeed(seed).text).toBe(fromCurveSeed(Buffer.from(seed)).getPublicKey());
    }
  });

  it('can be encoded and decoded for every kind', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.constantFrom('A', 'M', 'N', 'V', 'X', 'C', 'O', 'U'),
        (key, kind) => {
          const k = kind as 'A';
          const text = encodePublicNkey(k, key);
          expect(text).toHaveLength(56);
          expect(text[0]).toBe(kind);
          expect(Buffer.from(decodePublicNkey(k, text)!)).toEqual(Buffer.from(key));
          expect(Buffer.from(decodeNkeySeed(k, encodeNkeySeed(k, key)))).toEqual(Buffer.from(key));
        },
      ),
    );
  });

  it('have a single spelling', () => {
    const { text } = generateXkey();
    const others = [
      text.toLowerCase(),
      `${text}=`,
      ` ${text}`,
      `${text}\n`,
      text.slice(1),
      `${text}A`,
      '',
      text.replace(/.$/, (c) => (c === 'A' ? 'B' : 'A')),
    ];
    for (const other of others)
      expect(
        refusal(() => parsePublicXkey(other)),
        other,
      ).toEqual(BAD_FORM);
    for (let at = 0; at < text.length; at++) {
      const changed = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
      expect(refusal(() => parsePublicXkey(changed))).toEqual(BAD_FORM);
    }
  });

  it('have a single spelling as seeds, and the error never quotes a wrong one', () => {
    const seed = generateXkeySeed();
    for (const spare of ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'Q', '7']) {
      const other = seed.slice(0, -1) + spare;
      if (other === seed) continue;
      const [code, text] = refusal(() => xkeyFromSeed(other));
      expect([code, text]).toEqual(['internal_error', 'A configured seed is not a valid nkey seed of the right kind.']);
    }
  });

  it('are refused if they are nkeys of another kind', () => {
    for (const kind of ['A', 'C', 'M', 'N', 'O', 'U', 'V'] as const) {
      expect(refusal(() => parsePublicXkey(encodePublicNkey(kind, new Uint8Array(32).fill(9))))).toEqual(BAD_FORM);
    }
  });
});

/** All encodings of points of low order, with their aliases: bit 255 set, or u ≥ p. https://cr.yp.to/ecdh.html#validate */
const LOW_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
];

describe('points that must not be used', () => {
  const encodings = LOW_ORDER.flatMap((hex) => {
    const bytes = Buffer.from(hex, 'hex');
    const alias = Buffer.from(bytes);
    alias[31]! |= 0x80;
    return [bytes, alias];
  });

  it('have 14 encodings of low order, and each is refused', () => {
    expect(encodings).toHaveLength(14);
    for (const point of encodings) {
      expect(refusal(() => parsePublicXkey(encodePublicNkey('X', point)))).toEqual(BAD_POINT);
    }
  });

  it('include every u ≥ p, and good points with bit 255 set', () => {
    for (let low = 0xed; low <= 0xff; low++) {
      const u = Buffer.alloc(32, 0xff);
      u[0] = low;
      u[31] = 0x7f;
      expect(refusal(() => parsePublicXkey(encodePublicNkey('X', u)))).toEqual(BAD_POINT);
    }
    const good = Buffer.from(decodePublicNkey('X', generateXkey().text)!);
    good[31]! |= 0x80;
    expect(refusal(() => parsePublicXkey(encodePublicNkey('X', good)))).toEqual(BAD_POINT);
  });
});

describe('sealed messages', () => {
  it('equal the published bytes', () => {
    const sender = xkeyFromSeed('SXAESVBNK3UN2O24Z53ZJLFMX5OYHLAAVULRILWXRO775SDYFKI7FM3J7Y');
    const recipient = xkeyFromSeed('SXAHMGVNIYUF4CA5G475EN64YWNG32HSIF4MZCPZHV7PAFYTWBE5J5USFE');
    const sealed = sealWithNonce(Buffer.from('hello world'), recipient, sender, new Uint8Array(24));
    const expected = `786b7631${'00'.repeat(24)}67bcc3490003775bb5a7a2a7693366545e98bde595de2f1195bcaa`;
    expect(Buffer.from(sealed).toString('hex')).toBe(expected);
    expect(Buffer.from(open(sealed, sender, recipient)).toString()).toBe('hello world');
  });

  it.each(['./go-nkeys.json', './rust-nkeys.json'])('in %s are opened', (file) => {
    for (const vector of vectors(file)) {
      const sender = parsePublicXkey(vector.sender);
      const recipient = xkeyFromSeed(vector.recipient_seed);
      expect(xkeyFromSeed(vector.sender_seed).text).toBe(vector.sender);
      expect(recipient.text).toBe(vector.recipient);
      const opened = open(fromBase64url(vector.sealed_base64url)!, sender, recipient);
      expect(Buffer.from(opened).toString('base64url')).toBe(vector.plaintext_base64url);
    }
  });

  it('equal nacl.box byte for byte; the JavaScript nkeys library opens ours, and we open its', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        fc.uint8Array({ minLength: 24, maxLength: 24 }),
        (plaintext, nonce) => {
          const senderSeed = generateXkeySeed();
          const recipientSeed = generateXkeySeed();
          const [sender, recipient] = [xkeyFromSeed(senderSeed), xkeyFromSeed(recipientSeed)];
          const sealed = sealWithNonce(plaintext, recipient, sender, nonce);
          const box = nacl.box(
            plaintext,
            nonce,
            decodePublicNkey('X', recipient.text)!,
            decodeNkeySeed('X', senderSeed),
          );
          expect(Buffer.from(sealed)).toEqual(Buffer.concat([Buffer.from('xkv1'), nonce, box]));
          const theirs = fromCurveSeed(Buffer.from(recipientSeed));
          expect(Buffer.from(theirs.open(sealed, sender.text)!)).toEqual(Buffer.from(plaintext));
          const answered = theirs.seal(plaintext, sender.text);
          expect(Buffer.from(open(answered, recipient, sender))).toEqual(Buffer.from(plaintext));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('are refused after any bit flip or truncation, and with any other key', () => {
    const [sender, recipient, other] = [generateXkey(), generateXkey(), generateXkey()];
    const sealed = seal(Buffer.from('value'), recipient, sender);
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const flipped = Uint8Array.from(sealed);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(refusal(() => open(flipped, sender, recipient))).toEqual(CANNOT_OPEN);
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(refusal(() => open(sealed.subarray(0, length), sender, recipient))).toEqual(CANNOT_OPEN);
    }
    expect(refusal(() => open(sealed, other, recipient))).toEqual(CANNOT_OPEN);
    expect(refusal(() => open(sealed, sender, other))).toEqual(CANNOT_OPEN);
    expect(refusal(() => open(Uint8Array.of(...sealed, 0), sender, recipient))).toEqual(CANNOT_OPEN);
  });

  it('never use a nonce twice', () => {
    const [sender, recipient] = [generateXkey(), generateXkey()];
    const nonces = new Set<string>();
    for (let i = 0; i < 10_000; i++)
      nonces.add(Buffer.from(seal(Buffer.of(1), recipient, sender).subarray(4, 28)).toString('hex'));
    expect(nonces.size).toBe(10_000);
  });
});
