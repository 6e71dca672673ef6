import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Ledger } from '../../lib/audit/ledger.ts';
import type { SecretReader } from '../../lib/stores/store.ts';
import { cachedReader } from '../../lib/stores/value-cache.ts';
import { type ErrorCode, WaxsealError } from '../../lib/wire/errors.ts';
import { startBroker, type TestBroker, type TestBrokerOptions } from '../kit/broker.ts';
import { expectRefusal, expectSealedRefusal } from '../kit/refusals.ts';
import { createTestIssuer, TEST_AUDIENCE } from '../kit/test-issuer.ts';
import { counts, traced } from '../kit/traced.ts';

const BUDGET_MS = 60;
const OUT_OF_TIME = { code: 'store_unavailable', text: 'The request took longer than the broker allows.' } as const;
const A = { secret: 'a' };

let broker: TestBroker;
let rejections: unknown[];
const heard = (reason: unknown) => void rejections.push(reason);
beforeEach(() => {
  rejections = [];
  process.on('unhandledRejection', heard);
});
afterEach(async () => {
  broker.close();
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', heard);
  expect(rejections).toEqual([]);
});

async function start(options: TestBrokerOptions = {}, budgetMs = BUDGET_MS) {
  const { foundation, ...rest } = options;
  broker = await startBroker({
    mappings: [A],
    values: { a: 'the value' },
    ...rest,
    foundation: { budgetMs, ...foundation },
  });
}

/** For tests in which nothing hangs, so that a slow machine does not run out of time. */
const startUnhurried = (options: TestBrokerOptions = {}) => start(options, 60_000);

/** Never answers, and remembers the signals that it received. */
function hanging() {
  const signals: AbortSignal[] = [];
  return {
    signals,
    hang: (signal: AbortSignal) => {
      signals.push(signal);
      return new Promise<never>(() => {});
    },
  };
}

describe('I7: what hangs ends with the budget: 503 with Retry-After, and its signal aborted', () => {
  const parts = {
    table: (hang) => ({ wrapTable: (table) => ({ ...table, get: (_, signal) => hang(signal) }) }),
    store: (hang) => ({
      wrapStore: () => ({
        get: (_, signal) => hang(signal),
        getMany: (_, signal) => hang(signal),
      }),
    }),
    ledger: (hang) => ({ wrapLedger: () => ({ record: (_, __, ___, signal) => hang(signal) }) }),
  } satisfies Record<string, (hang: (signal: AbortSignal) => Promise<never>) => TestBrokerOptions>;

  it.each(Object.entries(parts))('%s', async (_, wrap) => {
    const { hang, signals } = hanging();
    await start(wrap(hang));
    const started = performance.now();
    const [plain, sealed] = await Promise.all([broker.plain('get', A), broker.sealed('get', A)]);
    expect(performance.now() - started).toBeLessThan(5000);
    expectRefusal(plain, OUT_OF_TIME);
    expectSealedRefusal(sealed, undefined, OUT_OF_TIME);
    expect(signals).toHaveLength(2);
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
    expect(broker.logs.map(({ status, code }) => [status, code])).toEqual([
      [503, 'store_unavailable'],
      [503, 'store_unavailable'],
    ]);
  });

  it('the list of issuers, and the list of stores', async () => {
    for (const list of ['I', 'T']) {
      await start({
        stores: [{ name: 'local', kind: 'embedded', default: true, direct: 'd/' }],
        mappings: [{ secret: 'direct' }],
        wrapTable: (table) => ({
          ...table,
          query: (pk, range, signal) => (pk === list ? new Promise(() => {}) : table.query(pk, range, signal)),
        }),
      });
      expect((await broker.plain('get', { secret: 'direct' })).status).toBe(503);
      if (list === 'I') broker.close();
    }
  });

  it('the broker’s keys, which plain requests do not need', async () => {
    await start({ foundation: { loadKeys: () => new Promise(() => {}) } }, 500);
    expectRefusal(await broker.sealed('get', A), OUT_OF_TIME); // in clear: it could not be opened
    expectRefusal(await broker.send('/v1/keys', { method: 'GET' }), OUT_OF_TIME);
    expect((await broker.plain('get', A)).status).toBe(200);
    expect((await broker.send('/v1/health', { method: 'GET' })).body).toEqual({ status: 'pass' });
  });

  it('an issuer’s key set', async () => {
    const issuer = await createTestIssuer();
    const entry = { audience: TEST_AUDIENCE, algorithms: ['ES256'], jwks_uri: 'https://keys.example.com/jwks' };
    await start({ foundation: { fetchJson: () => new Promise(() => {}) } });
    const stores = [{ name: 'local', kind: 'embedded', default: true }];
    await broker.applyCatalog({ issuers: [{ issuer: issuer.issuer, ...entry }], stores, mappings: [] });
    const reply = await broker.plain('get', A, { token: await issuer.token() });
    expect([reply.status, reply.body.code, reply.headers.get('retry-after')]).toEqual([503, 'store_unavailable', '1']);
  });

  it('a body that never ends', async () => {
    await start();
    const body = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('{')) });
    const headers = { 'content-type': 'application/json' };
    expectRefusal(
      await broker.send('/v1/get', { method: 'POST', headers, body, duplex: 'half' } as RequestInit),
      OUT_OF_TIME,
    );
  });

  it('an answer that comes after the budget releases nothing and breaks nothing', async () => {
    const late = Promise.withResolvers<void>();
    await start({
      wrapStore: (store): SecretReader => ({
        ...store,
        getMany: async (...args) => {
          await late.promise;
          return store.getMany(...args);
        },
      }),
    });
    expectRefusal(await broker.plain('get', A), OUT_OF_TIME);
    late.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(broker.logs).toHaveLength(1);
  });
});

describe('what is down', () => {
  const down = (code: ErrorCode) => new WaxsealError(code, undefined, { retryAfter: 2 });

  it('the table: nothing is released, no store is asked, nothing is recorded', async () => {
    const { calls, wraps } = traced();
    await startUnhurried({
      ...wraps,
      wrapTable: (table) => ({ ...table, get: () => Promise.reject(down('store_unavailable')) }),
    });
    for (const reply of [await broker.plain('get', A), await broker.plain('list', {})]) {
      expectRefusal(reply, { code: 'store_unavailable' });
      expect(reply.headers.get('retry-after')).toBe('2');
    }
    expect(counts(calls)).toEqual({});
  });

  it('the ledger: a value fetched in the meantime is not released, and its fetch is aborted', async () => {
    let signal: AbortSignal | undefined;
    await startUnhurried({
      wrapLedger: (): Ledger => ({ record: () => Promise.reject(down('audit_unavailable')) }),
      wrapStore: (store): SecretReader => ({
        ...store,
        getMany: (_, given) => {
          signal = given;
          return new Promise(() => {});
        },
      }),
    });
    expectRefusal(await broker.plain('get', A), { code: 'audit_unavailable' });
    expect(signal?.aborted).toBe(true);
  });

  it('the store: 503, and a cached value only if the operator opted in, for as long as configured', async () => {
    for (const staleMs of [0, 120_000]) {
      let broken = false;
      let now = () => 0;
      await startUnhurried({
        wrapStore: (store) =>
          cachedReader(
            {
              get: (...args) => store.get(...args),
              getMany: async (wanted, signal) =>
                broken ? wanted.map(() => down('store_unavailable')) : store.getMany(wanted, signal),
            },
            'local',
            { ttlMs: 60_000, staleMs, now: () => now() },
          ),
      });
      now = () => broker.clock.now;
      const get = async () => (await broker.plain('get', A)).status;
      expect(await get()).toBe(200);
      broken = true;
      const seen: number[] = [];
      for (const at of [59_999, 60_000, 119_999, 120_000]) {
        broker.clock.now = 1_795_312_800_000 + at;
        seen.push(await get());
      }
      expect(seen).toEqual(staleMs === 0 ? [200, 503, 503, 503] : [200, 200, 200, 503]);
      await broker.map([]);
      broker.clock.now = 1_795_312_800_000;
      expect(await get()).toBe(403); // a cached value outlives no mapping
      if (staleMs === 0) broker.close();
    }
  });

  it('I8: no part gets more than twice the calls of a healthy request', async () => {
    const healthy = traced();
    await startUnhurried(healthy.wraps);
    await broker.plain('get', A);
    const limit = counts(healthy.calls);
    broker.close();
    for (const part of ['get', 'getMany', 'record'] as const) {
      const { calls, wraps } = traced();
      const fail = () => Promise.reject(down('store_unavailable'));
      await startUnhurried({
        wrapTable: (table) => wraps.wrapTable!(part === 'get' ? { ...table, get: fail } : table),
        wrapStore: (store) => wraps.wrapStore!(part === 'getMany' ? { ...store, getMany: fail } : store),
        wrapLedger: (ledger) => wraps.wrapLedger!(part === 'record' ? { record: fail } : ledger),
      });
      expect((await broker.plain('get', A)).status).toBe(503);
      for (const [call, count] of Object.entries(counts(calls)))
        expect([part, call, count <= 2 * (limit[call as keyof typeof limit] ?? 0)]).toEqual([part, call, true]);
      if (part !== 'record') broker.close();
    }
  });

  it('an issuer that changes with every read is given up after two', async () => {
    const { calls, wraps } = traced();
    let revision = 0;
    await startUnhurried({
      wrapTable: (table) =>
        wraps.wrapTable!({
          ...table,
          get: async (keys, signal) =>
            (await table.get(keys, signal)).map((item) =>
              item.sk === '!' ? { ...item, data: `{"revision":"r${revision++}","state":"active"}` } : item,
            ),
        }),
    });
    const text = 'The issuer’s entry is changing. Try again.';
    expectRefusal(await broker.plain('get', A), { code: 'store_unavailable', text });
    expect(counts(calls)['table.get']).toBe(2);
  });
});
