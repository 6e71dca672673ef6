import { WaxsealError } from '../wire/errors.ts';

/** The time that one request may take: a signal for everything slow, and an end to waiting for whatever ignores it. */
export interface Budget {
  readonly signal: AbortSignal;
  /**
   * The work's own outcome, or `store_unavailable` once the time is up, whichever comes first. On failure the signal aborts:
   * nobody waits any longer for what else is under way, such as the fetch of a value whose record was refused.
   */
  race<T>(work: Promise<T>): Promise<T>;
  /** Clears the timer. */
  end(): void;
}

/** Starts a budget of that many milliseconds. */
export function startBudget(ms: number): Budget {
  const controller = new AbortController();
  let expire: (error: WaxsealError) => void;
  const expired = new Promise<never>((_, reject) => {
    expire = reject;
  });
  expired.catch(() => {}); // it may fire when nobody is waiting any longer
  const timer = setTimeout(() => {
    const error = new WaxsealError('store_unavailable', 'The request took longer than the broker allows.', {
      retryAfter: 1,
    });
    controller.abort(error);
    expire(error);
  }, ms);
  return {
    signal: controller.signal,
    async race(work) {
      try {
        return await Promise.race([work, expired]);
      } catch (error) {
        controller.abort(error);
        throw error;
      }
    },
    end: () => clearTimeout(timer),
  };
}
