import type { Algorithm } from '../../entries/issuer.ts';
import { waitFor } from '../../sharing/shared-read.ts';
import { WaxsealError } from '../../wire/errors.ts';
import type { JwkSet } from './jwk-set.ts';
import type { VerificationKey } from './verification-key.ts';

/** A set is fetched again when it is this old (ms), so a withdrawn key is accepted no longer than that. */
const REFRESH_AFTER = 600_000;
/** While the endpoint is down, a set is used until it is this old (ms). */
const STALE_AFTER = 3_600_000;
/** The least time between two fetches (ms), be it for an unknown key or after a failure. */
const COOLDOWN = 30_000;

/** A JWK set behind a URL. */
export interface RemoteJwkSet {
  /**
   * As {@link JwkSet.find}; fetches the set again if it is old or lacks the key. At most one fetch is in flight.
   * @throws WaxsealError `store_unavailable` (with `retryAfter`) if the endpoint is down and the set in memory is too old or
   *   lacks the key. That is not a refusal: the token may well be good.
   */
  find(alg: Algorithm, kid: string | undefined, signal: AbortSignal): Promise<VerificationKey | undefined>;
}

/** Makes one. `load` fetches the set and has a time limit of its own; `now` is in milliseconds since the epoch. */
export function createRemoteJwkSet(load: () => Promise<JwkSet>, now: () => number): RemoteJwkSet {
  let held: { readonly set: JwkSet; readonly at: number } | undefined;
  let failure: { readonly cause: unknown; readonly at: number } | undefined;
  let flight: Promise<void> | undefined;

  async function fetchSet(): Promise<void> {
    const at = now(); // the set is as old as its request, not as its answer
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
    return new WaxsealError('store_unavailable', 'The keys of the token’s issuer cannot be fetched right now.', {
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
      // The issuer may have just begun to use a new key. While the endpoint is down we cannot know.
      await refresh(signal);
      if (failure !== undefined) throw unavailable();
      return held.set.find(alg, kid);
    },
  };
}
