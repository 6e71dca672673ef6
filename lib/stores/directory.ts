import type { SecretRecord } from '../entries/secret.ts';
import { STORES_MAX_AGE_MS, type StoreEntry } from '../entries/store.ts';
import { createSharedRead } from '../sharing/shared-read.ts';
import { toRefusal, WaxsealError } from '../wire/errors.ts';
import type { Fetched, Lookup, SecretReader, StoreVersion } from './store.ts';

const READ_TIMEOUT_MS = 5_000;

/** A secret to read: its name, its record if it has one, and the version. */
export interface NamedLookup {
  readonly name: string;
  readonly record: SecretRecord | undefined;
  readonly version: StoreVersion;
}

/** The stores that the catalog lists, and how to read from several of them at once. */
export interface StoreDirectory {
  /**
   * One result for each secret, in order, with one `getMany` for each store involved. A secret is where its record says, or
   * without a record under the prefix of the store that takes direct names; `not_found` if there is no such store. Never
   * throws.
   */
  getMany(lookups: readonly NamedLookup[], signal: AbortSignal): Promise<Fetched[]>;
  /** Reads the list of stores again. @throws WaxsealError `store_unavailable` */
  refresh(signal: AbortSignal): Promise<void>;
}

/** What the directory is made from. `now` is milliseconds; `connect` is called once for each entry. */
export interface StoreDirectoryOptions {
  readonly entries: (signal: AbortSignal) => Promise<readonly StoreEntry[]>;
  readonly connect: (entry: StoreEntry) => SecretReader;
  readonly now: () => number;
}

/** Reads the list of stores from the catalog, at most every 30 s and once at a time, however many secrets wait for it. */
export function createStoreDirectory({ entries, connect, now }: StoreDirectoryOptions): StoreDirectory {
  const connected = new Map<string, SecretReader>();
  const list = createSharedRead({ read: entries, maxAge: STORES_MAX_AGE_MS, timeout: READ_TIMEOUT_MS, now });

  function storeNamed(name: string, listed: readonly StoreEntry[]): SecretReader | WaxsealError {
    const entry = listed.find((candidate) => candidate.name === name);
    if (entry === undefined) return new WaxsealError('store_unavailable', 'The secret’s store is not configured.');
    const key = `${entry.kind}:${entry.name}`;
    try {
      const store = connected.get(key) ?? connect(entry);
      connected.set(key, store);
      return store;
    } catch (error) {
      return toRefusal(error);
    }
  }

  return {
    async refresh(signal) {
      await list.again(signal);
    },
    async getMany(lookups, signal) {
      const listed = await list.current(signal).catch(toRefusal);
      if (listed instanceof WaxsealError) return lookups.map(() => listed);
      const places = lookups.map((one) => locate(one, listed));
      const results = new Array<Fetched>(lookups.length);
      const byStore = Map.groupBy(places.keys(), (index) => places[index]?.store);
      await Promise.all(
        Array.from(byStore, async ([name, indices]) => {
          const store = name === undefined ? new WaxsealError('not_found') : storeNamed(name, listed);
          const own = indices.map((index) => places[index]!);
          const fetched = store instanceof WaxsealError ? store : await store.getMany(own, signal).catch(toRefusal);
          for (const [at, index] of indices.entries()) {
            results[index] = fetched instanceof WaxsealError ? fetched : (fetched[at] ?? noResult());
          }
        }),
      );
      return results;
    },
  };
}

/** In which store a secret is, and what to ask that store for; undefined if no store has it. */
function locate(
  { name, record, version }: NamedLookup,
  listed: readonly StoreEntry[],
): (Lookup & { readonly store: string }) | undefined {
  if (record !== undefined) return { store: record.store, ref: record.ref, version };
  const direct = listed.find((entry) => entry.direct !== undefined);
  return direct && { store: direct.name, ref: `${direct.direct}${name}`, version };
}

/** A store that breaks its contract must not look like one that says there is no such secret. */
function noResult(): WaxsealError {
  return new WaxsealError('internal_error', 'The store returned no result.');
}
