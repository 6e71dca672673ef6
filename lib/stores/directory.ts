import type { SecretRecord, StoreEntry } from '../catalog/records.ts';
import { WaxsealError } from '../wire/errors.ts';
import { waitFor } from '../wire/shared-wait.ts';
import type { SecretStore, StoredValue, VersionWanted } from './store.ts';

const MAX_AGE_MS = 30_000;
const READ_TIMEOUT_MS = 5_000;

/** A secret's place: its store and its ref there. */
export interface Place {
  readonly store: string;
  readonly ref: string;
}

/** The stores that the catalog lists, and how to read from several of them at once. */
export interface StoreDirectory {
  /** Where a name is: by its record, or under the prefix of the store that takes direct names. Undefined: nowhere. */
  locate(name: string, record: SecretRecord | undefined, signal: AbortSignal): Promise<Place | undefined>;
  /** One outcome for each entry, in order, with one `getMany` for each store that occurs. */
  getMany(
    wanted: readonly (Place & { readonly version: VersionWanted })[],
    signal: AbortSignal,
  ): Promise<(StoredValue | WaxsealError)[]>;
}

/** What the directory is made from. `now` is milliseconds; `connect` is called once for each entry. */
export interface StoreDirectoryOptions {
  readonly entries: (signal: AbortSignal) => Promise<readonly StoreEntry[]>;
  readonly connect: (entry: StoreEntry) => SecretStore;
  readonly now: () => number;
}

/** Reads the list of stores from the catalog, at most every 30 s and once at a time, however many secrets wait for it. */
export function createStoreDirectory({ entries, connect, now }: StoreDirectoryOptions): StoreDirectory {
  const connected = new Map<string, SecretStore>();
  let held: { list: readonly StoreEntry[]; at: number } | undefined;
  let reading: Promise<readonly StoreEntry[]> | undefined;

  async function read(): Promise<readonly StoreEntry[]> {
    const at = now(); // the list is as old as the question, not as the answer
    try {
      const list = await entries(AbortSignal.timeout(READ_TIMEOUT_MS));
      held = { list, at };
      return list;
    } finally {
      reading = undefined;
    }
  }

  async function list(signal: AbortSignal): Promise<readonly StoreEntry[]> {
    const age = held === undefined ? MAX_AGE_MS : now() - held.at;
    if (held !== undefined && age >= 0 && age < MAX_AGE_MS) return held.list;
    reading ??= read();
    return waitFor(reading, signal);
  }

  async function storeNamed(name: string, signal: AbortSignal): Promise<SecretStore> {
    const entry = (await list(signal)).find((candidate) => candidate.name === name);
    if (entry === undefined) throw new WaxsealError('store_unavailable', 'The secret’s store is not configured.');
    const key = `${entry.kind}:${entry.name}`;
    const store = connected.get(key) ?? connect(entry);
    connected.set(key, store);
    return store;
  }

  return {
    async locate(name, record, signal) {
      if (record !== undefined) return { store: record.store, ref: record.ref };
      const direct = (await list(signal)).find((entry) => entry.direct !== undefined);
      return direct && { store: direct.name, ref: `${direct.direct}${name}` };
    },

    async getMany(wanted, signal) {
      const outcomes: (StoredValue | WaxsealError)[] = [];
      const byStore = Map.groupBy(wanted.keys(), (index) => wanted[index]!.store);
      await Promise.all(
        Array.from(byStore, async ([name, indices]) => {
          const store = await storeNamed(name, signal).catch(asRefusal);
          const results =
            store instanceof WaxsealError
              ? indices.map(() => store)
              : await store.getMany(
                  indices.map((index) => wanted[index]!),
                  signal,
                );
          for (const [at, index] of indices.entries()) outcomes[index] = results[at] as StoredValue | WaxsealError;
        }),
      );
      return outcomes;
    },
  };
}

function asRefusal(error: unknown): WaxsealError {
  return error instanceof WaxsealError ? error : new WaxsealError('store_unavailable', undefined, { cause: error });
}
