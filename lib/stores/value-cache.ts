import { LRUCache } from 'lru-cache';
import { WaxsealError } from '../wire/errors.ts';
import { type Flight, startFlight, unavailable } from './flight.ts';
import type { Fetched, Lookup, SecretReader, StoredValue, StoreVersion } from './store.ts';

/** How long and how much is kept. */
export interface ValueCacheSettings {
  /** Milliseconds for which a value is served without asking the store again (default: 60,000). */
  ttlMs?: number;
  /** Milliseconds since the epoch (default: `Date.now`). */
  now?: () => number;
  /** Bytes of values, keys and overhead (default: 16 MiB). The least recently used value is dropped first. */
  maxBytes?: number;
  /** Opt-in: while the store is unavailable, serves a value up to this age, in milliseconds. At most 300,000. */
  staleMs?: number;
}

interface Entry {
  readonly stored: StoredValue;
  /** When its fetch began: the value may have changed any time after that. */
  readonly at: number;
}

const ENTRY_OVERHEAD = 256;

/**
 * A reader with a cache of values in front, in this process's memory only. The key is (store's name, ref, version) and holds
 * nothing about a caller, since each request is authorised before the store is asked. Each key has at most one fetch under way,
 * however many wait for it. A waiter whose signal aborts leaves alone; the fetch is aborted when the last one leaves. Failures
 * are not kept.
 */
export function cachedReader(reader: SecretReader, name: string, settings: ValueCacheSettings = {}): SecretReader {
  const { ttlMs = 60_000, now = Date.now, maxBytes = 16 * 1024 * 1024, staleMs = 0 } = settings;
  if (staleMs > 300_000) throw new WaxsealError('internal_error', 'A stale value may be at most 300 seconds old.');
  const entries = new LRUCache<string, Entry>({
    maxSize: maxBytes,
    sizeCalculation: ({ stored }, key) => stored.value.byteLength + key.length + ENTRY_OVERHEAD,
  });
  const flights = new Map<string, Flight>();

  const keyOf = ({ ref, version }: Lookup) => cacheKey(name, ref, version);

  function young(key: string, ageMs: number): StoredValue | undefined {
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    const age = now() - entry.at;
    if (age >= 0 && age < ageMs) return entry.stored; // setting the clock back makes no value young again
    if (age < 0 || age >= Math.max(ttlMs, staleMs)) entries.delete(key);
    return undefined;
  }

  /** Starts one fetch for all that is neither kept nor under way. */
  function launch(missing: Map<string, Lookup>): void {
    if (missing.size === 0) return;
    const began = now();
    const lookups = [...missing.values()];
    const keys = [...missing.keys()];
    const flight = startFlight(async (signal) => {
      const answers = await reader.getMany(lookups, signal);
      for (const [i, key] of keys.entries()) keep(key, lookups[i]!.ref, answers[i], began);
      return new Map(keys.map((key, i) => [key, answers[i]]));
    });
    for (const key of keys) flights.set(key, flight);
    flight.landed.then(() => {
      for (const key of keys) if (flights.get(key) === flight) flights.delete(key);
    });
  }

  /** Keeps a value under the version of the lookup and under its own id; forgets one that no longer exists. */
  function keep(key: string, ref: string, answer: Fetched | undefined, at: number): void {
    const newer = (other: string) => (entries.peek(other)?.at ?? at) > at; // an abandoned fetch may land after its successor
    if (answer instanceof WaxsealError || answer === undefined) {
      if (answer?.code === 'not_found' && !newer(key)) entries.delete(key);
      return;
    }
    for (const each of [key, cacheKey(name, ref, { id: answer.versionId })])
      if (!newer(each)) entries.set(each, { stored: answer, at });
  }

  async function getMany(lookups: readonly Lookup[], signal: AbortSignal): Promise<Fetched[]> {
    const keys = lookups.map(keyOf);
    const held = keys.map((key) => young(key, ttlMs));
    const missing = new Map<string, Lookup>();
    for (const [i, key] of keys.entries())
      if (held[i] === undefined && (flights.get(key)?.abandoned ?? true)) missing.set(key, lookups[i]!);
    if (!signal.aborted) launch(missing);
    const answers = await Promise.all(
      keys.map((key, i) => held[i] ?? flights.get(key)?.wait(key, signal) ?? unavailable()),
    );
    return answers.map((answer, i) => {
      const serveStale = answer instanceof WaxsealError && answer.code === 'store_unavailable' && !signal.aborted;
      return (serveStale ? young(keys[i]!, staleMs) : undefined) ?? answer;
    });
  }

  return {
    getMany,
    async get(lookup, signal) {
      const [answer] = await getMany([lookup], signal);
      if (answer instanceof WaxsealError) throw answer;
      return answer!;
    },
  };
}

/** JSON keeps the parts apart whatever they hold, and an alias apart from an id with the same spelling. */
function cacheKey(store: string, ref: string, version: StoreVersion): string {
  return JSON.stringify([store, ref, typeof version === 'string' ? version : [version.id]]);
}
