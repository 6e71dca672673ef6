import { bareCause } from '../../aws/cause.ts';
import { WaxsealError } from '../../wire/errors.ts';

/**
 * What Secrets Manager says where there is nothing to read: no such secret, label or version; pending deletion; an id that
 * cannot exist.
 */
const ABSENT = new Set([
  'ResourceNotFoundException',
  'InvalidRequestException',
  'InvalidParameterException',
  'ValidationException',
]);

/** True for errors that say something about one entry, or about our rights, rather than about the service's state. */
const PARTICULAR = new Set([...ABSENT, 'AccessDeniedException', 'DecryptionFailure']);

/** The refusal for a failed read. Takes a thrown error, or an entry of a batch's `Errors` as `{ name, message }`. */
export function readRefusal(error: unknown): WaxsealError {
  if (error instanceof WaxsealError) return error;
  return ABSENT.has(nameOf(error)) ? noSuchSecret(error) : storeUnavailable(error);
}

/** `not_found`, as both the service and our own checks of an id say it. */
export function noSuchSecret(error?: unknown): WaxsealError {
  const cause = error === undefined ? undefined : bareCause(error);
  return new WaxsealError('not_found', 'The store has no such secret or version.', { cause });
}

/** Everything else: throttling, time-outs, server errors, missing rights, a key that cannot decrypt, an abort. */
export function storeUnavailable(error: unknown): WaxsealError {
  return new WaxsealError('store_unavailable', undefined, { cause: bareCause(error), retryAfter: 1 });
}

/**
 * Whether asking one by one makes sense after a batch failed as a whole. Not after throttling, time-outs and server errors:
 * that would answer a store in trouble with twenty times the calls.
 */
export function worthAskingSingly(error: unknown): boolean {
  return PARTICULAR.has(nameOf(error));
}

/** The name of an AWS error. */
export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : String((error as { name?: unknown } | undefined)?.name);
}
