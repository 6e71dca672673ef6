import { WaxsealError } from '../wire/errors.ts';

/** The key of an item. */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** An item of the catalog: its key and its content, a JSON string. The table does not look into it. */
export interface Item extends ItemKey {
  readonly data: string;
}

/**
 * One change: put the data, or delete. `expect` is the content that must be there now (null: none) for the change to be made;
 * without it, any content is replaced.
 */
export type ItemChange = ItemKey & { readonly expect?: string | null } & (
    | { readonly put: string }
    | { readonly delete: true }
  );

/** A page of a query; `next` is the sort key to continue after, absent at the end. */
export interface Page {
  readonly items: readonly Item[];
  readonly next?: string;
}

/** Which items of a partition: those that begin with `prefix`, after `after`, at most `limit`. */
export interface Range {
  readonly prefix?: string;
  readonly after?: string;
  readonly limit?: number;
}

/**
 * What a broker needs from the catalog's table, and all that it is given. This is the small part of DynamoDB that the catalog
 * uses, so that SQLite can take its place.
 * Both methods throw WaxsealError `store_unavailable` (with `retryAfter`) if the table cannot be reached, throttles past the
 * budget, or gives an incomplete answer, or if the signal aborts. Nothing is ever left out silently.
 */
export interface CatalogReader {
  /**
   * Strongly consistent read of any number of keys (deduplicated by the caller). Keys without an item are absent from the
   * answer. DynamoDB: one `BatchGetItem` for each 100 keys, side by side; unprocessed keys are requested again within the
   * budget.
   */
  get(keys: readonly ItemKey[], signal: AbortSignal): Promise<Item[]>;
  /** Items of one partition in order of `sk`. Consistent. A page may be short, or empty, and still have a `next`. */
  query(pk: string, range: Range, signal: AbortSignal): Promise<Page>;
}

/**
 * What changes the catalog's table: never handed to a broker. Both methods throw `store_unavailable` as those of
 * {@link CatalogReader} do.
 */
export interface CatalogWriter {
  /** Every item, to work out what to change. Consistent for each page only: `expect` catches what changes between. */
  all(signal: AbortSignal): AsyncIterable<Item>;
  /**
   * Applies all changes or none, at most {@link MAX_CHANGES}, each to another item. Durable when it resolves.
   * @throws WaxsealError `conflict` if an item's content is not what its change expects, or another writer is changing it
   */
  write(changes: readonly ItemChange[], signal: AbortSignal): Promise<void>;
}

/** The most changes that one write takes: DynamoDB's limit for a transaction. */
export const MAX_CHANGES = 100;

/** @throws WaxsealError `internal_error` if there are more changes than one write takes */
export function checkTransactionSize(changes: readonly ItemChange[]): void {
  if (changes.length > MAX_CHANGES) {
    throw new WaxsealError('internal_error', 'A transaction of the catalog is too large.');
  }
}
