import { WaxsealError } from '../wire/errors.ts';
import type { StoredValue } from './store.ts';

/** One value, or why there is none. */
export type Outcome = StoredValue | WaxsealError;

/** A fetch that several requests wait for. */
export interface Flight {
  /** True once the last waiter has left: nobody may join any more. */
  readonly abandoned: boolean;
  /** Resolves when the fetch is over, however it went. */
  readonly landed: Promise<void>;
  /** Waits for the outcome of one key, or until the waiter's own signal aborts (`store_unavailable`). Never rejects. */
  wait(key: string, signal: AbortSignal): Promise<Outcome>;
}

/**
 * Starts a fetch under a signal of its own, which aborts when the last waiter has left: one impatient request must not take
 * the answer from the others, and nobody's fetch must not go on.
 */
export function startFlight(fetch: (signal: AbortSignal) => Promise<ReadonlyMap<string, Outcome | undefined>>): Flight {
  const controller = new AbortController();
  const outcomes = fetch(controller.signal).catch(asOutcome);
  let waiting = 0;

  return {
    get abandoned() {
      return controller.signal.aborted;
    },
    landed: outcomes.then(() => undefined),
    wait(key, signal) {
      waiting++;
      const { promise, resolve } = Promise.withResolvers<Outcome>();
      const leave = () => {
        resolve(unavailable());
        if (--waiting === 0) controller.abort();
      };
      if (signal.aborted) leave();
      else {
        signal.addEventListener('abort', leave, { once: true });
        outcomes.then((landed) => {
          signal.removeEventListener('abort', leave);
          resolve((landed instanceof WaxsealError ? landed : landed.get(key)) ?? unavailable());
        });
      }
      return promise;
    },
  };
}

/** A store throws nothing else; if one does, what it threw may hold anything, so it goes nowhere. */
function asOutcome(error: unknown): WaxsealError {
  return error instanceof WaxsealError ? error : unavailable();
}

/** What a waiter gets that could not wait for the end. */
export function unavailable(): WaxsealError {
  return new WaxsealError('store_unavailable', 'The store gave no answer in time.', { retryAfter: 1 });
}
