import { waitFor } from './wait-for.ts';

/** Something that requests read together, and keep for a while. Waiting ends with the request's own signal. */
export interface SharedRead<T> {
  /** What was read last where it is young enough, otherwise read anew. Throws what the reading throws. */
  current(signal: AbortSignal): Promise<T>;
  /** By a read that starts after this call. */
  anew(signal: AbortSignal): Promise<T>;
}

/** What is read, and how long it serves. Times are milliseconds. */
export interface SharedReadOptions<T> {
  readonly read: (signal: AbortSignal) => Promise<T>;
  readonly maxAge: number;
  /** How long one read may take: its own limit, since nobody's request counts for the others. */
  readonly timeout: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Makes one. One read is in flight at a time, however many wait for it. */
export function createSharedRead<T>({ read, maxAge, timeout, now }: SharedReadOptions<T>): SharedRead<T> {
  let held: { readonly value: T; readonly at: number } | undefined;
  let flight: Promise<T> | undefined;
  let next: Promise<T> | undefined;

  function young(): { readonly value: T } | undefined {
    const age = held === undefined ? maxAge : now() - held.at;
    return age >= 0 && age < maxAge ? held : undefined; // a clock that was set back makes nothing young again
  }

  async function run(): Promise<T> {
    const at = now(); // what is read is as old as the question, not as the answer
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
      // What others began may fail or come too late only because the process was frozen meanwhile: then it is read once more.
      if (flight !== undefined) {
        await waitFor(flight, signal).catch((error: unknown) => {
          if (signal.aborted) throw error;
        });
      }
      return young()?.value ?? waitFor(start(), signal);
    },
    anew(signal) {
      next ??= startAfterwards();
      return waitFor(next, signal);
    },
  };
}
