import { waitFor } from '../sharing/shared-read.ts';
import type { PublicXkey, XkeyPair } from '../xkey/keys.ts';
import type { BrokerKeySet } from './broker-key-set.ts';

const RELOAD_AFTER_MS = 300_000;
const RELOAD_COOLDOWN_MS = 10_000;
const LOAD_TIMEOUT_MS = 5_000;
/** How long a request that has keys waits for newer ones. */
const PATIENCE_MS = 1_000;

/** The broker's xkeys as a request sees them. */
export interface BrokerKeys {
  /** The set, at most five minutes old. */
  present(signal: AbortSignal): Promise<BrokerKeySet>;
  /**
   * The pair for a public key, if usable when the request arrived (`at`, in milliseconds). For an unknown key the set is read
   * again, at most every ten seconds.
   */
  find(publicText: string, at: number, signal: AbortSignal): Promise<XkeyPair | undefined>;
}

/** What the broker's keys are made from. `now` is milliseconds; it says how old the loaded set is. */
export interface BrokerKeysOptions {
  readonly load: (signal: AbortSignal) => Promise<BrokerKeySet>;
  readonly now: () => number;
}

/**
 * Keeps the broker's key set in memory. Rotation loses no request: the next key is loaded and published long before it becomes
 * current, and a previous key opens requests until its stated date. While the key secret cannot be read, whether it fails or
 * hangs, the loaded set keeps serving: keys are withdrawn by date or by a reload, never by an outage.
 */
export function createBrokerKeys({ load, now }: BrokerKeysOptions): BrokerKeys {
  let held: { set: BrokerKeySet; at: number } | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;
  let loading: Promise<BrokerKeySet> | undefined;

  async function reload(signal: AbortSignal): Promise<BrokerKeySet> {
    const at = now();
    triedAt = at;
    loading ??= load(AbortSignal.timeout(LOAD_TIMEOUT_MS)) // several requests wait for it, so none of their signals applies
      .then((set) => {
        held = { set, at };
        return set;
      })
      .finally(() => {
        loading = undefined;
      });
    return waitFor(loading, signal);
  }

  async function present(signal: AbortSignal): Promise<BrokerKeySet> {
    // A load that another request or the start of the process began may fail only because the process was frozen meanwhile.
    if (held === undefined && loading !== undefined) {
      await waitFor(loading, signal).catch((error: unknown) => {
        if (signal.aborted) throw error;
      });
    }
    if (held === undefined) return reload(signal);
    const due = now() - held.at >= RELOAD_AFTER_MS && now() - triedAt >= RELOAD_COOLDOWN_MS;
    if (!due) return held.set;
    const { set } = held;
    return reload(AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)])).catch(() => set);
  }

  return {
    present,
    async find(publicText, at, signal) {
      const known = pairIn(await present(signal), publicText, at);
      if (known !== undefined || now() - triedAt < RELOAD_COOLDOWN_MS) return known;
      return pairIn(await reload(signal), publicText, at);
    },
  };
}

function pairIn(set: BrokerKeySet, publicText: string, at: number): XkeyPair | undefined {
  if (set.current.text === publicText) return set.current;
  if (set.next?.text === publicText) return set.next;
  return set.previous.find(({ pair, until }) => pair.text === publicText && at < until)?.pair;
}

/** The public halves, as `GET /v1/keys` shows them. */
export function publicKeys(
  set: BrokerKeySet,
  now: number,
): { current: string; next: string | null; previous: string[] } {
  const text = (key: PublicXkey): string => key.text;
  return {
    current: text(set.current),
    next: set.next === undefined ? null : text(set.next),
    previous: set.previous.filter(({ until }) => now < until).map(({ pair }) => text(pair)),
  };
}
