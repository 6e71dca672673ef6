import { describe, expect, it, vi } from 'vitest';
import type { SecretRecord } from '../../../lib/entries/secret.ts';
import type { StoreEntry } from '../../../lib/entries/store.ts';
import { createStoreDirectory } from '../../../lib/stores/directory.ts';
import type { Lookup, SecretReader, StoredValue } from '../../../lib/stores/store.ts';
import { WaxsealError } from '../../../lib/wire/errors.ts';
import { SecretValue } from '../../../lib/wire/secret-value.ts';

const signal = new AbortController().signal;
const LIST: StoreEntry[] = [
  { name: 'one', kind: 'embedded', default: true },
  { name: 'two', kind: 'secrets-manager', default: false, direct: 'prod/' },
];

/** A store whose values say where they come from. */
function storeNamed(name: string): SecretReader {
  const get = async ({ ref }: Lookup) => ({ versionId: 'v', value: new SecretValue(`${name}:${ref}`) });
  return { get, getMany: (wanted) => Promise.all(wanted.map(get)) };
}

function directory(entries = vi.fn(async (_: AbortSignal): Promise<readonly StoreEntry[]> => LIST)) {
  const clock = { now: 0 };
  const connect = vi.fn(({ name }: StoreEntry) => storeNamed(name));
  return { entries, connect, clock, stores: createStoreDirectory({ entries, connect, now: () => clock.now }) };
}

const at = (store: string, ref: string): SecretRecord => ({ secret: ref, store, ref, revisions: [] });
const sought = (name: string, record?: SecretRecord) => ({ name, record, version: 'current' as const });
const shown = (outcomes: readonly (StoredValue | WaxsealError)[]) =>
  outcomes.map((one) => (one instanceof WaxsealError ? `${one.code}: ${one.message}` : one.value.reveal()));

describe('values', () => {
  it('come in the order of the lookups, by one call to each store, which is opened once', async () => {
    const { stores, connect } = directory();
    const all = [sought('x', at('two', '1')), sought('y', at('one', '2')), sought('z', at('two', '3'))];
    for (let i = 0; i < 2; i++) expect(shown(await stores.getMany(all, signal))).toEqual(['two:1', 'one:2', 'two:3']);
    expect(connect.mock.calls.map(([{ name }]) => name)).toEqual(['two', 'one']);
  });

  it('without a record are read under the direct prefix, or not found', async () => {
    const all = [sought('db/main'), sought('y', at('one', '2'))];
    expect(shown(await directory().stores.getMany(all, signal))).toEqual(['two:prod/db/main', 'one:2']);
    const { stores } = directory(vi.fn(async () => [LIST[0]!]));
    const nowhere = 'not_found: There is no such secret, version or field.';
    expect(shown(await stores.getMany(all, signal))).toEqual([nowhere, 'one:2']);
  });

  it('fail alone if their store is not listed, cannot be opened, fails, or returns too few results', async () => {
    const broken: Readonly<Record<string, Partial<SecretReader>>> = {
      fails: { getMany: () => Promise.reject(new Error('bug')) },
      mute: { getMany: async () => [] },
    };
    const names = ['one', 'two', 'fails', 'mute'];
    const { stores, connect } = directory(
      vi.fn(async () => names.map((name) => ({ name, kind: 'embedded', default: false }) as const)),
    );
    connect.mockImplementation(({ name }) => {
      if (name === 'two') throw new WaxsealError('store_unavailable', 'This broker has no store of that kind.');
      return { ...storeNamed(name), ...broken[name] };
    });
    const all = ['gone', ...names].map((name) => sought(name, at(name, '1')));
    expect(shown(await stores.getMany(all, signal))).toEqual([
      'store_unavailable: The secret’s store is not configured.',
      'one:1',
      'store_unavailable: This broker has no store of that kind.',
      'internal_error: Something went wrong on our side.',
      'internal_error: The store returned no result.',
    ]);
  });
});

describe('the list of stores', () => {
  const one = [sought('a')];

  it('is read once however many wait, and again after 30 seconds', async () => {
    const { stores, entries, clock } = directory();
    await Promise.all(Array.from({ length: 100 }, () => stores.getMany(one, signal)));
    expect(entries).toHaveBeenCalledTimes(1);
    clock.now = 29_999;
    await stores.getMany(one, signal);
    expect(entries).toHaveBeenCalledTimes(1);
    clock.now = 30_000;
    await stores.getMany(one, signal);
    expect(entries).toHaveBeenCalledTimes(2);
    clock.now = 0; // setting the clock back makes no list young again
    await stores.getMany(one, signal);
    expect(entries).toHaveBeenCalledTimes(3);
  });

  it('still reaches the others when one stops waiting', async () => {
    const { promise, resolve } = Promise.withResolvers<readonly StoreEntry[]>();
    const { stores } = directory(vi.fn((_: AbortSignal) => promise));
    const impatient = new AbortController();
    const first = stores.getMany(one, impatient.signal);
    const second = stores.getMany(one, signal);
    impatient.abort();
    expect(shown(await first)).toEqual(['store_unavailable: The request ran out of time.']);
    resolve(LIST);
    expect(shown(await second)).toEqual(['two:prod/a']);
  });

  it('is read again by the next request after a failure', async () => {
    const entries = vi.fn(async (_: AbortSignal) => LIST as readonly StoreEntry[]);
    entries.mockRejectedValueOnce(new WaxsealError('store_unavailable', 'The catalog is down.'));
    const { stores } = directory(entries);
    expect(shown(await stores.getMany(one, signal))).toEqual(['store_unavailable: The catalog is down.']);
    expect(shown(await stores.getMany(one, signal))).toEqual(['two:prod/a']);
  });
});
