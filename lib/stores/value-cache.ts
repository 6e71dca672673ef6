import { LRUCache } from 'lru-cache';
import { WaxsealError } from '../wire/errors.ts';
import { type Flight, type Outcome, startFlight, unavailable } from './flight.ts';
import type { SecretStore, StoredValue, VersionWanted, Wanted } from './store.ts';

/** How long and how much is kept. */
export interface ValueCacheSettings {
  /** Milliseconds that a value is served without asking again; 60,000 unless told. */
  ttlMs?: number;
  /** Milliseconds since the epoch; `Date.now` unless told. */
  now?: () => number;
  /** Bytes of values, keys and overhead; 16 MiB unless told. What was used longest ago goes first. */
  maxBytes?: number;
  /** Opt-in: a value of at most this age, in milliseconds, is served while the store is unavailable. At most 300,000. */
  staleMs?: number;
}

interface Entry {
  readonly stored: StoredValue;
  /** When its fetch began: the value may have changed any time after that. */
  readonly at: number;
}

const ENTRY_OVERHEAD = 256;

/**
 * A store with a cache of values before it, in this process's memory only. The key is (store's name, ref, version); nothing
 * about a caller is in it, since who may read is decided anew for each request, before the store is asked. One fetch is in
 * flight per key, whoever waits for it; a waiter whose signal aborts leaves alone, and the fetch is aborted with the last of
 * them. Failures are not kept.
 */
export function cachedStore(store: SecretStore, name: string, settings: ValueCacheSettings = {}): SecretStore {
  const { ttlMs = 60_000, now = Date.now, maxBytes = 16 * 1024 * 1024, staleMs = 0 } = settings;
  if (staleMs > 300_000) throw new WaxsealError('internal_error', 'A stale value may be at most 300 seconds old.');
  const entries = new LRUCache<string, Entry>({
    maxSize: maxBytes,
    sizeCalculation: ({ stored }, key) => stored.value.byteLength + key.length + ENTRY_OVERHEAD,
  });
  const flights = new Map<string, Flight>();

  const keyOf = ({ ref, version }: Wanted) => cacheKey(name, ref, version);

  function young(key: string, ageMs: number): StoredValue | undefined {
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    const age = now() - entry.at;
    if (age >= 0 && age < ageMs) return entry.stored; // a clock that was set back makes no value young again
    if (age < 0 || age >= Math.max(ttlMs, staleMs)) entries.delete(key);
    return undefined;
  }

  /** Starts one fetch for all that are neither kept nor on their way. */
  function launch(missing: Map<string, Wanted>): void {
    if (missing.size === 0) return;
    const began = now();
    const wanted = [...missing.values()];
    const keys = [...missing.keys()];
    const flight = startFlight(async (signal) => {
      const answers = await store.getMany(wanted, signal);
      for (const [i, key] of keys.entries()) keep(key, wanted[i]!.ref, answers[i], began);
      return new Map(keys.map((key, i) => [key, answers[i]]));
    });
    for (const key of keys) flights.set(key, flight);
    flight.landed.then(() => {
      for (const key of keys) if (flights.get(key) === flight) flights.delete(key);
    });
  }

  /** Keeps a value under the version asked for and under its own id; forgets what does not exist any more. */
  function keep(key: string, ref: string, answer: Outcome | undefined, at: number): void {
    const newer = (place: string) => (entries.peek(place)?.at ?? at) > at; // an abandoned fetch may land after its successor
    if (answer instanceof WaxsealError || answer === undefined) {
      if (answer?.code === 'not_found' && !newer(key)) entries.delete(key);
      return;
    }
    for (const place of [key, cacheKey(name, ref, { id: answer.versionId })])
      if (!newer(place)) entries.set(place, { stored: answer, at });
  }

  async function getMany(wanted: readonly Wanted[], signal: AbortSignal): Promise<Outcome[]> {
    const keys = wanted.map(keyOf);
    const held = keys.map((key) => young(key, ttlMs));
    const missing = new Map<string, Wanted>();
    for (const [i, key] of keys.entries())
      if (held[i] === undefined && (flights.get(key)?.abandoned ?? true)) missing.set(key, wanted[i]!);
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
    kind: store.kind,
    getMany,
    async get(wanted, signal) {
      const [answer] = await getMany([wanted], signal);
      if (answer instanceof WaxsealError) throw answer;
      return answer!;
    },
  };
}

/** JSON keeps the parts apart whatever they hold, and an alias apart from an id of the same spelling. */
function cacheKey(store: string, ref: string, version: VersionWanted): string {
  return JSON.stringify([store, ref, typeof version === 'string' ? version : [version.id]]);
}
