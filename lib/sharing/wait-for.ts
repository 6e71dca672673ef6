import { WaxsealError } from '../wire/errors.ts';

/**
 * Waits for work that several requests share, but no longer than this request's budget lasts. The work itself goes on for the
 * others, so one impatient request cannot spoil theirs.
 * @throws WaxsealError `store_unavailable` when the signal aborts; otherwise what the work throws
 */
export async function waitFor<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () =>
    reject(new WaxsealError('store_unavailable', 'The time for this request ran out.', { retryAfter: 1 }));
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, work]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
