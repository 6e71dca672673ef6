import { WaxsealError } from '../wire/errors.ts';

/** One request's time: a signal that is passed down to everything slow, and the end of waiting for what does not heed it. */
export interface Budget {
  readonly signal: AbortSignal;
  /**
   * The work's own outcome, or `store_unavailable` once the time is up, whichever comes first. Where it fails the signal
   * aborts: nobody waits any more for what else was under way, a fetch of the value beside a record that was refused.
   */
  race<T>(work: Promise<T>): Promise<T>;
  /** Gives the timer back. */
  end(): void;
}

/** Starts a budget of so many milliseconds. */
export function startBudget(ms: number): Budget {
  const controller = new AbortController();
  let expire: (error: WaxsealError) => void;
  const expired = new Promise<never>((_, reject) => {
    expire = reject;
  });
  expired.catch(() => {}); // nobody may be waiting any more when it fires
  const timer = setTimeout(() => {
    const error = new WaxsealError('store_unavailable', 'The request took longer than its budget.', { retryAfter: 1 });
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
