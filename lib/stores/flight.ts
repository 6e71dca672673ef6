import { WaxsealError } from '../wire/errors.ts';
import type { Fetched } from './store.ts';

/** A fetch that several requests wait for. */
export interface Flight {
  /** True once the last waiter has left: nobody may join any more. */
  readonly abandoned: boolean;
  /** Resolves when the fetch is over, whether it succeeded or failed. */
  readonly landed: Promise<void>;
  /** Waits for the result of one key, or until the waiter's own signal aborts (`store_unavailable`). Never rejects. */
  wait(key: string, signal: AbortSignal): Promise<Fetched>;
}

/**
 * Starts a fetch under a signal of its own, which aborts when the last waiter has left: one impatient request must not take
 * the answer from the others, and a fetch that nobody waits for must not continue.
 */
export function startFlight(fetch: (signal: AbortSignal) => Promise<ReadonlyMap<string, Fetched | undefined>>): Flight {
  const controller = new AbortController();
  const results = fetch(controller.signal).catch(asRefusal);
  let waiting = 0;

  return {
    get abandoned() {
      return controller.signal.aborted;
    },
    landed: results.then(() => undefined),
    wait(key, signal) {
      waiting++;
      const { promise, resolve } = Promise.withResolvers<Fetched>();
      const leave = () => {
        resolve(unavailable());
        if (--waiting === 0) controller.abort();
      };
      if (signal.aborted) leave();
      else {
        signal.addEventListener('abort', leave, { once: true });
        results.then((landed) => {
          signal.removeEventListener('abort', leave);
          resolve((landed instanceof WaxsealError ? landed : landed.get(key)) ?? unavailable());
        });
      }
      return promise;
    },
  };
}

/** Stores throw only WaxsealErrors. Anything else may hold a value, so it is dropped. */
function asRefusal(error: unknown): WaxsealError {
  return error instanceof WaxsealError ? error : unavailable();
}

/** The result for a waiter that left before the end. */
export function unavailable(): WaxsealError {
  return new WaxsealError('store_unavailable', 'The store did not answer in time.', { retryAfter: 1 });
}
