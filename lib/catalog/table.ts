import type { JsonObject } from '../wire/strict-json.ts';

/** Where an item stands. */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** An item of the catalog: its place and its content as JSON. */
export interface Item extends ItemKey {
  readonly data: JsonObject;
}

/** One change: put the data (whatever stood there), or delete. */
export type ItemChange = (ItemKey & { readonly put: JsonObject }) | (ItemKey & { readonly delete: true });

/** A page of a query; `next` is the sort key to go on after, absent at the end. */
export interface Page {
  readonly items: readonly Item[];
  readonly next?: string;
}

/**
 * The catalog's table: the little of DynamoDB that the catalog needs, so that the embedded store can stand in for it.
 * Every method throws WaxsealError `store_unavailable` (with Retry-After) where the table cannot be reached, throttles past
 * the budget, or gives an incomplete answer; an abort of the signal counts as that. Nothing is ever left out in silence.
 */
export interface CatalogTable {
  /**
   * Strongly consistent read of any number of keys (deduplicated by the caller). Keys without an item are absent from the
   * answer. DynamoDB: one `BatchGetItem` for each 100 keys, side by side; unprocessed keys are asked again within the budget.
   */
  get(keys: readonly ItemKey[], signal: AbortSignal): Promise<Item[]>;
  /** Items of one partition in order of `sk`, those that begin with `prefix`, after `after`, at most `limit`. Consistent. */
  query(pk: string, options: { prefix?: string; after?: string; limit?: number }, signal: AbortSignal): Promise<Page>;
  /** Applies all changes or none; at most 100. */
  write(changes: readonly ItemChange[], signal: AbortSignal): Promise<void>;
  /** Every item, for the command that compares the catalog with a file. Never used by the broker. */
  all(signal: AbortSignal): AsyncIterable<Item>;
}
