import { afterEach, describe, expect, it } from 'vitest';
import { MAX_BATCH_BYTES } from '../../lib/broker/batch.ts';
import type { SecretReader } from '../../lib/stores/store.ts';
import { WaxsealError } from '../../lib/wire/errors.ts';
import { generateXkey } from '../../lib/xkey/keys.ts';
import { openAnswer, startBroker, type TestBroker } from '../kit/broker.ts';
import { expectRefusal } from '../kit/refusals.ts';

let broker: TestBroker;
afterEach(() => broker.close());

interface Entry {
  readonly secret: string;
  readonly string?: string;
  readonly binary?: string;
  readonly error?: { readonly code: string; readonly message: string; readonly retry_after?: number };
}

async function batch(secrets: readonly object[]): Promise<readonly Entry[]> {
  const { status, envelope } = await broker.sealed('batch-get', { secrets });
  expect([status, envelope?.typ]).toEqual([200, 'waxseal.batch.v1']);
  return envelope!.secrets as Entry[];
}

describe('batch-get', () => {
  it('answers in the order asked, with an outcome for each entry', async () => {
    broker = await startBroker({
      mappings: [{ secret: 'a/*' }, { secret: 'a/denied', effect: 'deny' }, { secret: 'f', fields: ['x'] }],
      values: { 'a/one': '1', 'a/bytes': Uint8Array.of(1, 2), 'a/denied': 'd', f: '{"x":"fx","y":"fy"}', other: 'o' },
    });
    const denied = { code: 'access_denied', message: 'No mapping allows this.' };
    expect(
      await batch([
        { secret: 'other' },
        { secret: 'a/bytes' },
        { secret: 'f', field: 'y' },
        { secret: 'a/none' },
        { secret: 'f', field: 'x' },
        { secret: 'a/denied' },
        { secret: 'a/one', known_version: 1 },
        { secret: 'a/one', version: 2 },
        { secret: 'a/one', field: 'x' },
        { secret: 'nowhere' },
      ]),
    ).toMatchObject([
      { secret: 'other', error: denied },
      { secret: 'a/bytes', version: 1, binary: 'AQI' },
      { secret: 'f', error: denied },
      { secret: 'a/none', error: { code: 'not_found' } },
      { secret: 'f', field: 'x', version: 1, string: 'fx' },
      { secret: 'a/denied', error: denied },
      { secret: 'a/one', version: 1, unchanged: true },
      { secret: 'a/one', error: { code: 'not_found', message: 'There is no such secret, version or field.' } },
      {
        secret: 'a/one',
        error: { code: 'not_found', message: 'The secret is not a strict JSON object: it is a JSON number.' },
      },
      { secret: 'nowhere', error: denied },
    ]);
    const [row] = broker.ledgerRows();
    expect(broker.ledgerRows()).toHaveLength(1);
    expect(JSON.parse(String(row!.record)).secrets).toHaveLength(10);
  });

  it('returns the same secret as often as it is asked for', async () => {
    broker = await startBroker({ mappings: [{ secret: 'a' }], values: { a: '{"x":"1","y":"2"}' } });
    const entries = await batch([
      { secret: 'a' },
      { secret: 'a', field: 'y' },
      { secret: 'a' },
      { secret: 'a', field: 'x' },
    ]);
    expect(entries.map(({ string }) => string)).toEqual(['{"x":"1","y":"2"}', '2', '{"x":"1","y":"2"}', '1']);
  });

  it('is 200 with a 403 in each entry if nothing is allowed', async () => {
    broker = await startBroker();
    const entries = await batch([{ secret: 'a' }, { secret: 'b' }]);
    expect(entries.map(({ error }) => error?.code)).toEqual(['access_denied', 'access_denied']);
    expect(JSON.parse(String(broker.ledgerRows()[0]!.record))).toMatchObject({ decision: 'denied' });
  });

  it('accepts 1 to 100 entries', async () => {
    broker = await startBroker({ mappings: [{ secret: 'a' }], values: { a: 'v' } });
    const many = (length: number) => Array.from({ length }, () => ({ secret: 'a' }));
    expect(await batch(many(100))).toHaveLength(100);
    const text = 'A member of the request is missing, unknown or not valid.';
    const refusal = { code: 'invalid_request', text, pointer: '/secrets' } as const;
    for (const secrets of [many(101), many(0), 'a'])
      expectRefusal(await broker.plain('batch-get', { secrets }), refusal);
    const misspelt = { secrets: [{ secret: 'a' }, { secret: 'a', feild: 'x' }] };
    expectRefusal(await broker.plain('batch-get', misspelt), { ...refusal, pointer: '/secrets/1/feild' });
  });

  it('reports what the store says about each entry, and when to try again', async () => {
    const throttled = new WaxsealError('store_unavailable', undefined, {
      retryAfter: 4,
      cause: new Error('slow down'),
    });
    broker = await startBroker({
      mappings: [{ secret: 'a/*' }],
      values: { 'a/one': '1', 'a/two': '2' },
      wrapStore: (store): SecretReader => ({
        ...store,
        async getMany(wanted, signal) {
          const [, ...rest] = await store.getMany(wanted, signal);
          return [throttled, ...rest];
        },
      }),
    });
    expect(await batch([{ secret: 'a/one' }, { secret: 'a/two' }, { secret: 'b' }])).toMatchObject([
      { secret: 'a/one', error: { code: 'store_unavailable', retry_after: 4 } },
      { secret: 'a/two', string: '2' },
      { secret: 'b', error: { code: 'access_denied' } },
    ]);
    expect(broker.logs[0]).toMatchObject({
      status: 200,
      undelivered: [{ secret: 'a/one', code: 'store_unavailable', causes: [{ name: 'Error' }] }],
    });
  });

  it('fails entry by entry if a store is broken, is not configured, or throws what it must not', async () => {
    broker = await startBroker({
      mappings: [{ secret: 'a/*' }],
      values: { 'a/one': '1' },
      wrapStore: (store): SecretReader => ({ ...store, getMany: () => Promise.reject(new Error('bug')) }),
    });
    const [entry] = await batch([{ secret: 'a/one' }]);
    expect(entry!.error).toEqual({ code: 'internal_error', message: 'Something went wrong on our side.' });
  });
});

describe('the payload of a batch', () => {
  const opened = async (secrets: readonly object[]) => {
    const recipient = generateXkey();
    const { body } = await broker.plain('batch-get', { secrets }, { recipient });
    const envelope = openAnswer(body, recipient);
    return { bytes: Buffer.byteLength(JSON.stringify(envelope)), entries: envelope.secrets as Entry[] };
  };
  const names = Array.from({ length: 100 }, (_, i) => `a/s${i}`);

  it.each([
    ['text', 'x'.repeat(65_536), 47],
    ['text that JSON spells in six characters each', '\u0001'.repeat(10_000), 52],
    ['bytes', new Uint8Array(65_536), 35],
  ])('is at most 3 MiB: entries past it are too_large (%s)', async (_, value, fits) => {
    broker = await startBroker({
      mappings: [{ secret: 'a/*' }],
      values: Object.fromEntries(names.map((name) => [name, value])),
    });
    const { bytes, entries } = await opened(names.map((secret) => ({ secret })));
    expect(bytes).toBeLessThanOrEqual(MAX_BATCH_BYTES);
    expect(entries.map(({ secret }) => secret)).toEqual(names);
    expect(entries.findIndex(({ error }) => error !== undefined)).toBe(fits);
    expect(entries.slice(fits).every(({ error }) => error?.code === 'too_large')).toBe(true);
  });

  it('has room for the refusals between the values', async () => {
    broker = await startBroker({
      mappings: [{ secret: 'a/*' }],
      values: Object.fromEntries(names.slice(0, 60).map((name) => [name, 'x'.repeat(65_536)])),
    });
    const secrets = names.flatMap((secret, i) => (i < 50 ? [{ secret }, { secret: `b/${'n'.repeat(250)}` }] : []));
    const { bytes, entries } = await opened(secrets);
    expect(bytes).toBeLessThanOrEqual(MAX_BATCH_BYTES);
    expect(entries).toHaveLength(100);
  });
});
