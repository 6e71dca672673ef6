import type { Algorithm } from '../../entries/issuer.ts';
import { waitFor } from '../../sharing/shared-read.ts';
import { WaxsealError } from '../../wire/errors.ts';
import type { KeySet } from './jwk-set.ts';
import type { VerificationKey } from './verification-key.ts';

/** A healthy set is read again when it is this old (ms), so a withdrawn key lives no longer. */
const REFRESH_AFTER = 600_000;
/** While the endpoint is down, a set serves until it is this old (ms). */
const STALE_AFTER = 3_600_000;
/** No fetch follows another sooner (ms), neither for an unknown key nor after a failure. */
const COOLDOWN = 30_000;

/** Keys that live behind a URL. */
export interface RemoteKeySet {
  /**
   * As {@link KeySet.find}, reading the set anew where it is old or lacks the key. However many ask, one fetch is in flight.
   * @throws WaxsealError `store_unavailable` (with `retryAfter`) where the endpoint is down and what is held does not answer:
   *   not a refusal, since the token may well be good
   */
  find(alg: Algorithm, kid: string | undefined, signal: AbortSignal): Promise<VerificationKey | undefined>;
}

/** Makes one. `load` fetches the set and has its own time limit; `now` is in milliseconds. */
export function createRemoteKeySet(load: () => Promise<KeySet>, now: () => number): RemoteKeySet {
  let held: { readonly set: KeySet; readonly at: number } | undefined;
  let failure: { readonly cause: unknown; readonly at: number } | undefined;
  let flight: Promise<void> | undefined;

  async function fetchSet(): Promise<void> {
    const at = now(); // the set is as old as the question, not as the answer
    try {
      held = { set: await load(), at };
      failure = undefined;
    } catch (cause) {
      failure = { cause, at: now() };
    } finally {
      flight = undefined;
    }
  }

  async function refresh(signal: AbortSignal): Promise<void> {
    if (flight === undefined && failure !== undefined && now() - failure.at < COOLDOWN) return;
    flight ??= fetchSet();
    await waitFor(flight, signal);
  }

  function unavailable(): WaxsealError {
    const wait = failure === undefined ? 0 : failure.at + COOLDOWN - now();
    return new WaxsealError('store_unavailable', 'The keys of the token’s issuer cannot be fetched now.', {
      cause: failure?.cause,
      retryAfter: Math.max(1, Math.ceil(wait / 1000)),
    });
  }

  return {
    async find(alg, kid, signal) {
      if (held === undefined || now() - held.at >= REFRESH_AFTER) await refresh(signal);
      if (held === undefined || now() - held.at >= STALE_AFTER) throw unavailable();
      const key = await held.set.find(alg, kid);
      if (key !== undefined || (failure === undefined && now() - held.at < COOLDOWN)) return key;
      // Perhaps the issuer has just begun to use a new key. Where the endpoint is down we cannot know.
      await refresh(signal);
      if (failure !== undefined) throw unavailable();
      return held.set.find(alg, kid);
    },
  };
}
