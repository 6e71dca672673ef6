import { bareCause } from '../../aws/cause.ts';
import { WaxsealError } from '../../wire/errors.ts';

/**
 * How Secrets Manager says that there is nothing to read: no such secret, label or version; pending deletion; an id that
 * cannot exist.
 */
const ABSENT = new Set([
  'ResourceNotFoundException',
  'InvalidRequestException',
  'InvalidParameterException',
  'ValidationException',
]);

/** Errors about one entry, or about our rights, rather than about the service's state. */
const PARTICULAR = new Set([...ABSENT, 'AccessDeniedException', 'DecryptionFailure']);

/** The refusal for a failed read. Takes a thrown error, or an entry of a batch's `Errors` as `{ name, message }`. */
export function readRefusal(error: unknown): WaxsealError {
  if (error instanceof WaxsealError) return error;
  return ABSENT.has(errorName(error)) ? noSuchSecret(error) : storeUnavailable(error);
}

/** `not_found`, from the service or from our own check of an id. */
export function noSuchSecret(error?: unknown): WaxsealError {
  const cause = error === undefined ? undefined : bareCause(error);
  return new WaxsealError('not_found', 'The store has no such secret or version.', { cause });
}

/** Everything else: throttling, time-outs, server errors, missing rights, a key that cannot decrypt, an abort. */
export function storeUnavailable(error: unknown): WaxsealError {
  return new WaxsealError('store_unavailable', undefined, { cause: bareCause(error), retryAfter: 1 });
}

/**
 * Whether it makes sense to read entries one by one after a batch failed as a whole. Not after throttling, time-outs and
 * server errors: a store in trouble would get twenty times the calls.
 */
export function worthReadingSingly(error: unknown): boolean {
  return PARTICULAR.has(errorName(error));
}

/** The name of an AWS error. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : String((error as { name?: unknown } | undefined)?.name);
}
