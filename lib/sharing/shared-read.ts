import { WaxsealError } from '../wire/errors.ts';

/** Something that requests read together, and keep for a while. A request stops waiting when its own signal aborts. */
export interface SharedRead<T> {
  /** The last result if it is young enough, otherwise a new one. Throws what the read throws. */
  current(signal: AbortSignal): Promise<T>;
  /** The result of a read that starts after this call. */
  again(signal: AbortSignal): Promise<T>;
}

/** What is read, and for how long it serves. Times are milliseconds. */
export interface SharedReadOptions<T> {
  readonly read: (signal: AbortSignal) => Promise<T>;
  readonly maxAge: number;
  /** How long one read may take. It has a limit of its own, since no single request's budget counts for the others. */
  readonly timeout: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Makes one. At most one read is under way, however many wait for it. */
export function createSharedRead<T>({ read, maxAge, timeout, now }: SharedReadOptions<T>): SharedRead<T> {
  let held: { readonly value: T; readonly at: number } | undefined;
  let flight: Promise<T> | undefined;
  let next: Promise<T> | undefined;

  function young(): { readonly value: T } | undefined {
    const age = held === undefined ? maxAge : now() - held.at;
    return age >= 0 && age < maxAge ? held : undefined; // setting the clock back makes nothing young again
  }

  async function run(): Promise<T> {
    const at = now(); // a result is as old as its question, not as its answer
    try {
      const value = await read(AbortSignal.timeout(timeout));
      held = { value, at };
      return value;
    } finally {
      flight = undefined;
    }
  }

  function start(): Promise<T> {
    flight ??= run();
    return flight;
  }

  async function startAfterwards(): Promise<T> {
    await flight?.catch(() => {});
    next = undefined;
    return start();
  }

  return {
    async current(signal) {
      const kept = young();
      if (kept !== undefined) return kept.value;
      // A read that others began may fail or be late only because the process was frozen meanwhile. Then read again.
      if (flight !== undefined) {
        await waitFor(flight, signal).catch((error: unknown) => {
          if (signal.aborted) throw error;
        });
      }
      return young()?.value ?? waitFor(start(), signal);
    },
    again(signal) {
      next ??= startAfterwards();
      return waitFor(next, signal);
    },
  };
}

/**
 * Waits for work that several requests share, but no longer than this request's budget lasts. The work itself continues for
 * the others, so one impatient request cannot spoil theirs.
 * @throws WaxsealError `store_unavailable` when the signal aborts; otherwise what the work throws
 */
export async function waitFor<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(new WaxsealError('store_unavailable', 'The request ran out of time.', { retryAfter: 1 }));
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, work]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
