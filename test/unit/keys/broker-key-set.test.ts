import { describe, expect, test } from 'vitest';
import {
  type BrokerKeySet,
  firstBrokerKeys,
  parseBrokerKeys,
  rotate,
  serializeBrokerKeys,
} from '../../../lib/keys/broker-key-set.ts';
import { open, seal } from '../../../lib/xkey/box.ts';
import { generateXkey } from '../../../lib/xkey/keys.ts';

const NOW = Date.parse('2026-11-22T10:00:00Z');
const DAY = 86_400_000;
// The published vectors of the nkeys text form.
const SEED = 'SXAC35QF3FMZXS2KGYXGF2DN45JSSDYQM3CQMWAZJW5NMA7Y7BCMVSWL4A';
const PUBLIC = 'XC3JR4XPYAY5RGS46POPR7A6YEIJG3B5CADCJXTLUFESTNFIV6OWPSCX';
const SEED_2 = 'SXAKIYZX2POLIHZ5W5YZEWVTH24NLEUETBW3TKIVYRSS3GNHFXO5D4JJZM';
const PUBLIC_2 = 'XBUJMZHVOPQ2SK5VD3TY4VNBPVU2YFGRLK6EFPEPSMVDUYEBSROWZCEA';
const current = { seed: SEED, public: PUBLIC };

const publics = (set: BrokerKeySet) => ({
  current: set.current.text,
  next: set.next?.text,
  previous: set.previous.map(({ pair, until }) => [pair.text, until]),
});

describe('reading the key secret', () => {
  test('a current key alone is enough', () => {
    expect(publics(parseBrokerKeys(JSON.stringify({ current })))).toEqual({
      current: PUBLIC,
      next: undefined,
      previous: [],
    });
  });

  test('the published seeds give the published keys', () => {
    const until = '2026-12-01T00:00:00Z';
    const set = parseBrokerKeys(
      JSON.stringify({
        current,
        next: { seed: SEED_2, public: PUBLIC_2 },
        previous: [{ ...current, until }],
        revision: 3,
      }),
    );
    expect(publics(set)).toEqual({ current: PUBLIC, next: PUBLIC_2, previous: [[PUBLIC, Date.parse(until)]] });
    expect(set.rotation).toBe(3);
  });

  const WRONG: Record<string, unknown> = {
    'not an object': [],
    'no current key': {},
    'current without a seed': { current: { public: PUBLIC } },
    'a public key of another seed': { current: { seed: SEED, public: PUBLIC_2 } },
    'no public key': { current: { seed: SEED } },
    'next that is null': { current, next: null },
    'previous that is not a list': { current, previous: {} },
    'previous without its end': { current, previous: [current] },
    'an end that is not an RFC 3339 time': { current, previous: [{ ...current, until: 'tomorrow' }] },
    'an end that is not a date': { current, previous: [{ ...current, until: '2026-13-41T00:00:00Z' }] },
    'an end that is a number': { current, previous: [{ ...current, until: NOW }] },
    'a revision that is not an integer': { current, revision: 1.5 },
    'an unknown member': { current, nxet: current },
    'an unknown member of a key': { current: { ...current, until: '2026-12-01T00:00:00Z' } },
  };
  test.each(Object.entries(WRONG))('refuses %s', (_, value) => {
    expect(() => parseBrokerKeys(JSON.stringify(value))).toThrow(
      expect.objectContaining({
        code: 'internal_error',
        message: "The broker's key secret does not hold a set of keys.",
      }),
    );
  });

  test('a malformed seed is refused and never quoted', () => {
    const seed = `${SEED.slice(0, -1)}B`;
    const refusal = refusalOf(() => parseBrokerKeys(JSON.stringify({ current: { seed, public: PUBLIC } })));
    expect(refusal).toMatchObject({
      code: 'internal_error',
      message: 'A configured seed is not a valid nkey seed of the right kind.',
    });
    expect(`${refusal.stack}${JSON.stringify(refusal.cause ?? '')}`).not.toContain(seed);
  });

  test('content that is not JSON is refused and never quoted', () => {
    const refusal = refusalOf(() => parseBrokerKeys(SEED));
    expect(refusal).toMatchObject({
      code: 'internal_error',
      message: "The broker's key secret does not hold a set of keys.",
    });
    expect(refusal.cause).toBeUndefined();
  });
});

describe('writing the key secret', () => {
  test('a written set reads back, private halves included', () => {
    const first = firstBrokerKeys(1);
    const set = rotate(first, NOW, 30, 2);
    const again = parseBrokerKeys(serializeBrokerKeys(set));
    expect(publics(again)).toEqual(publics(set));
    expect(again.rotation).toBe(2);
    const client = generateXkey();
    const sealed = seal(Buffer.from('for the replaced key'), first.current, client);
    expect(Buffer.from(open(sealed, client, again.previous[0]!.pair)).toString()).toBe('for the replaced key');
  });

  test('seeds keep their spelling', () => {
    expect(JSON.parse(serializeBrokerKeys(parseBrokerKeys(JSON.stringify({ current }))))).toEqual({
      current,
      previous: [],
    });
  });
});

describe('rotating', () => {
  test('the first set has a current and a next key, all fresh', () => {
    const [one, two] = [firstBrokerKeys(), firstBrokerKeys()];
    expect(new Set([one.current.text, one.next?.text, two.current.text, two.next?.text]).size).toBe(4);
    expect(one.previous).toEqual([]);
  });

  test('next becomes current, current becomes previous until its end, a fresh next is made', () => {
    const before = firstBrokerKeys();
    const after = rotate(before, NOW, 30);
    expect(after.current.text).toBe(before.next?.text);
    expect(after.previous.map(({ pair, until }) => [pair.text, until])).toEqual([
      [before.current.text, NOW + 30 * DAY],
    ]);
    expect([before.current.text, before.next?.text]).not.toContain(after.next?.text);
  });

  test('no key that a client may have pinned is lost before its end', () => {
    const one = firstBrokerKeys();
    const two = rotate(one, NOW, 30);
    const three = rotate(two, NOW + DAY, 30);
    expect(three.previous.map(({ pair }) => pair.text)).toEqual([two.current.text, one.current.text]);
    expect(rotate(three, NOW + 30 * DAY, 30).previous.map(({ pair }) => pair.text)).toEqual([
      three.current.text,
      two.current.text,
    ]);
  });

  test('a set without a next key gets a fresh current one', () => {
    const before = parseBrokerKeys(JSON.stringify({ current }));
    const after = rotate(before, NOW, 1);
    expect(after.current.text).not.toBe(PUBLIC);
    expect(after.previous[0]?.pair.text).toBe(PUBLIC);
  });
});

function refusalOf(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was refused');
}
