import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Lookup, SecretReader, StoredValue, StoreVersion } from '../../../lib/stores/store.ts';
import { cachedReader, type ValueCacheSettings } from '../../../lib/stores/value-cache.ts';
import { WaxsealError } from '../../../lib/wire/errors.ts';
import { SecretValue } from '../../../lib/wire/secret-value.ts';
import { everythingIn } from '../../kit/everything-in.ts';

const signal = new AbortController().signal;
const TIMED_OUT = { code: 'store_unavailable', message: 'The store did not answer in time.', retryAfter: 1 };

let time: number;
let calls: { wanted: readonly Lookup[]; signal: AbortSignal }[];
let answer: (wanted: Lookup, signal: AbortSignal) => Promise<StoredValue | WaxsealError> | StoredValue | WaxsealError;

const store: SecretReader = {
  get: () => Promise.reject(new Error('The cache asks with getMany only.')),
  getMany: (wanted, given) => {
    calls.push({ wanted, signal: given });
    return Promise.all(wanted.map((one) => answer(one, given)));
  },
};
const cache = (settings: ValueCacheSettings = {}) => cachedReader(store, 'aws', { now: () => time, ...settings });
const value = (versionId: string, text = versionId): StoredValue => ({ versionId, value: new SecretValue(text) });
const want = (ref: string, version: StoreVersion = 'current'): Lookup => ({ ref, version });
const asked = () => calls.map(({ wanted }) => wanted.map(({ ref }) => ref).join());

beforeEach(() => {
  time = 1_795_312_800_000;
  calls = [];
  answer = ({ ref, version }) => value(typeof version === 'object' ? version.id : `${ref}-${calls.length}`);
});

describe('value cache', () => {
  it('I2: serves a value for 60 s from the start of its fetch, to the millisecond', async () => {
    const cached = cache();
    answer = () => {
      time += 5_000; // the store takes its time
      return value('v');
    };
    await cached.get(want('a'), signal);
    time += 54_999;
    await cached.get(want('a'), signal);
    expect(calls).toHaveLength(1);
    time += 1;
    await cached.get(want('a'), signal);
    expect(calls).toHaveLength(2);
  });

  it('does not make a value young again when the clock is set back', async () => {
    const cached = cache();
    await cached.get(want('a'), signal);
    time -= 1;
    await cached.get(want('a'), signal);
    expect(calls).toHaveLength(2);
  });

  it('finds a value that was read as current or previous by its id too', async () => {
    const cached = cache();
    answer = ({ version }) => value(`id-${String(version)}`);
    await cached.get(want('a'), signal);
    await cached.get(want('a', 'previous'), signal);
    expect((await cached.get(want('a', { id: 'id-current' }), signal)).value.reveal()).toBe('id-current');
    await cached.get(want('a', { id: 'id-previous' }), signal);
    expect(calls).toHaveLength(2);
  });

  it('keeps stores, refs, aliases and ids apart, whatever they contain', async () => {
    const cached = cache();
    const keys: Lookup[] = [
      want('a'),
      want('a', 'previous'),
      want('a', { id: 'current' }),
      want('a', { id: '["current"]' }),
      want('a","current'),
      want('a","b', { id: 'c' }),
      want('a', { id: 'b","c' }),
    ];
    answer = ({ ref, version }) => value(JSON.stringify([ref, version]));
    for (const key of keys) await cached.get(key, signal);
    expect(calls).toHaveLength(keys.length);
    for (const key of keys)
      expect((await cached.get(key, signal)).versionId).toBe(JSON.stringify([key.ref, key.version]));
    expect(calls).toHaveLength(keys.length);
  });

  it('reads all misses of one request in one call, each once', async () => {
    const cached = cache();
    await cached.get(want('b'), signal);
    const many = await cached.getMany([want('a'), want('b'), want('c'), want('a')], signal);
    expect(many.map((one) => (one as StoredValue).versionId)).toEqual(['a-2', 'b-1', 'c-2', 'a-2']);
    expect(asked()).toEqual(['b', 'a,c']);
    expect(await cached.getMany([], signal)).toEqual([]);
    expect(calls).toHaveLength(2);
  });

  it('has at most one fetch under way for a key, however many wait for it', async () => {
    const cached = cache();
    const { promise, resolve } = Promise.withResolvers<StoredValue>();
    answer = () => promise;
    const waiting = [
      cached.get(want('a'), signal),
      cached.get(want('a'), AbortSignal.any([signal])),
      cached.getMany([want('a')], signal),
    ];
    resolve(value('v'));
    await Promise.all(waiting);
    expect(calls).toHaveLength(1);
  });

  it('does not keep a failure', async () => {
    const cached = cache();
    const failures = [new WaxsealError('store_unavailable'), new WaxsealError('not_found')];
    answer = () => failures.shift() ?? value('v');
    await expect(cached.get(want('a'), signal)).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect(cached.get(want('a'), signal)).rejects.toMatchObject({ code: 'not_found' });
    expect((await cached.get(want('a'), signal)).versionId).toBe('v');
  });

  it('keeps a value that was found next to one that failed', async () => {
    const cached = cache();
    answer = ({ ref }) => (ref === 'a' ? value('v') : new WaxsealError('not_found'));
    expect(await cached.getMany([want('b'), want('a')], signal)).toMatchObject([
      { code: 'not_found' },
      { versionId: 'v' },
    ]);
    await cached.getMany([want('b'), want('a')], signal);
    expect(asked()).toEqual(['b,a', 'b']);
  });

  it('lets an impatient waiter leave alone', async () => {
    const cached = cache();
    const { promise, resolve } = Promise.withResolvers<StoredValue>();
    answer = () => promise;
    const impatient = new AbortController();
    const patient = cached.get(want('a'), signal);
    const left = cached.get(want('a'), impatient.signal);
    impatient.abort();
    await expect(left).rejects.toMatchObject(TIMED_OUT);
    expect(calls[0]!.signal.aborted).toBe(false);
    resolve(value('v'));
    expect((await patient).versionId).toBe('v');
  });

  it('aborts the fetch when its last waiter leaves, and starts another for the next', async () => {
    const cached = cache();
    const { promise, resolve } = Promise.withResolvers<StoredValue>();
    answer = () => promise;
    const [one, two] = [new AbortController(), new AbortController()];
    const waiting = [cached.getMany([want('a'), want('b')], one.signal), cached.getMany([want('b')], two.signal)];
    one.abort();
    expect(calls[0]!.signal.aborted).toBe(false);
    two.abort();
    expect(calls[0]!.signal.aborted).toBe(true);
    expect(await Promise.all(waiting)).toMatchObject([[TIMED_OUT, TIMED_OUT], [TIMED_OUT]]);

    time += 10;
    answer = () => value('newer');
    expect((await cached.get(want('a'), signal)).versionId).toBe('newer');
    resolve(value('older')); // the abandoned fetch lands late and must not replace what came after it
    await turn();
    expect((await cached.get(want('a'), signal)).versionId).toBe('newer');
  });

  it('makes no call for a request whose time is over, but may serve what it has', async () => {
    const cached = cache();
    await cached.get(want('a'), signal);
    const over = AbortSignal.abort();
    expect(await cached.getMany([want('a'), want('b')], over)).toMatchObject([{ versionId: 'a-1' }, TIMED_OUT]);
    expect(calls).toHaveLength(1);
  });

  it('treats a store that breaks its contract as unavailable, and drops what it threw', async () => {
    const broken: SecretReader = { ...store, getMany: () => Promise.reject(new Error('canary')) };
    const thrown = await cachedReader(broken, 'x')
      .get(want('a'), signal)
      .catch((error: unknown) => error);
    expect(thrown).toMatchObject(TIMED_OUT);
    expect(everythingIn(thrown)).not.toContain('canary');
    const short: SecretReader = { ...store, getMany: async () => [] };
    await expect(cachedReader(short, 'x').get(want('a'), signal)).rejects.toMatchObject(TIMED_OUT);
  });

  it('serves nothing stale by default when the store is unavailable', async () => {
    const cached = cache();
    await cached.get(want('a'), signal);
    time += 60_000;
    answer = () => new WaxsealError('store_unavailable');
    await expect(cached.get(want('a'), signal)).rejects.toMatchObject({ code: 'store_unavailable' });
  });

  it('serves a value up to the opted-in age, and only while the store is unavailable', async () => {
    const cached = cache({ staleMs: 300_000 });
    await cached.get(want('a'), signal);
    answer = () => new WaxsealError('store_unavailable');
    time += 299_999;
    expect((await cached.get(want('a'), signal)).versionId).toBe('a-1');
    expect(calls).toHaveLength(2); // it did ask
    time += 1;
    await expect(cached.get(want('a'), signal)).rejects.toMatchObject({ code: 'store_unavailable' });
  });

  it('forgets a stale value once the store says that it is gone', async () => {
    const cached = cache({ staleMs: 300_000 });
    await cached.get(want('a'), signal);
    time += 60_000;
    answer = () => new WaxsealError('not_found');
    await expect(cached.get(want('a'), signal)).rejects.toMatchObject({ code: 'not_found' });
    answer = () => new WaxsealError('store_unavailable');
    await expect(cached.get(want('a'), signal)).rejects.toMatchObject({ code: 'store_unavailable' });
  });

  it('refuses to serve values older than 300 s', () => {
    const refusal = { code: 'internal_error', message: 'A stale value may be at most 300 seconds old.' };
    expect(() => cache({ staleMs: 300_001 })).toThrow(expect.objectContaining(refusal));
  });

  it('holds no more bytes than it may', async () => {
    const cached = cache({ maxBytes: 4000 });
    answer = ({ version }) => value((version as { id: string }).id, 'x'.repeat(1000));
    for (const id of ['1', '2', '3', '4', '1', '4']) await cached.get(want('a', { id }), signal);
    expect(calls.map(({ wanted }) => (wanted[0]!.version as { id: string }).id)).toEqual(['1', '2', '3', '4', '1']);
    answer = ({ version }) => value((version as { id: string }).id, 'x'.repeat(5000));
    await cached.get(want('b', { id: 'big' }), signal);
    await cached.get(want('b', { id: 'big' }), signal);
    expect(calls).toHaveLength(7); // larger than the whole cache: never kept, always served
  });
});
