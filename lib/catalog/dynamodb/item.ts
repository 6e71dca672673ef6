import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { bareCause } from '../../aws/cause.ts';
import { WaxsealError } from '../../wire/errors.ts';
import type { Item, ItemKey } from '../table.ts';

/** An item or a key as DynamoDB spells it. */
export type Attributes = Record<string, AttributeValue>;

/** A key: `pk` and `sk`, both strings. */
export function keyAttributes({ pk, sk }: ItemKey): Attributes {
  return { pk: { S: pk }, sk: { S: sk } };
}

/** An item: its key and `data`, a JSON string. @throws WaxsealError `store_unavailable` if a member is missing */
export function itemOf({ pk, sk, data }: Attributes): Item {
  if (pk?.S === undefined || sk?.S === undefined || data?.S === undefined) throw incomplete();
  return { pk: pk.S, sk: sk.S, data: data.S };
}

/** The refusal of an answer that lacks what AWS always sends. */
export function incomplete(): WaxsealError {
  return new WaxsealError('store_unavailable', 'The catalog returned an incomplete answer.', { retryAfter: 1 });
}

/**
 * Runs one call.
 * @throws WaxsealError `conflict` if a condition failed or another transaction changes the same items; `store_unavailable` for
 *   every other failure, the signal's abort included
 */
export async function guarded<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  try {
    signal.throwIfAborted();
    return await call();
  } catch (error) {
    if (error instanceof WaxsealError) throw error;
    const cause = bareCause(error);
    if (isConflict(error)) throw new WaxsealError('conflict', undefined, { cause });
    throw new WaxsealError('store_unavailable', undefined, { cause, retryAfter: 1 });
  }
}

function isConflict(error: unknown): boolean {
  const { name, CancellationReasons: reasons } = error as { name?: string; CancellationReasons?: { Code?: string }[] };
  if (name === 'TransactionInProgressException' || name === 'TransactionConflictException') return true;
  return (
    name === 'TransactionCanceledException' &&
    (reasons ?? []).some(({ Code }) => Code === 'ConditionalCheckFailed' || Code === 'TransactionConflict')
  );
}
