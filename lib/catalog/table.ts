/** Where an item stands. */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** An item of the catalog: its place and its content, a JSON text. The table does not look into it. */
export interface Item extends ItemKey {
  readonly data: string;
}

/**
 * One change: put the data, or delete. `expect` is what must stand there now (null: nothing) for the change to be made;
 * where it is left out, whatever stands there is replaced.
 */
export type ItemChange = ItemKey & { readonly expect?: string | null } & (
    | { readonly put: string }
    | { readonly delete: true }
  );

/** The most changes that one write takes: DynamoDB's limit for a transaction. */
export const MAX_CHANGES = 100;

/** A page of a query; `next` is the sort key to go on after, absent at the end. */
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
  /** Items of one partition in order of `sk`. Consistent. A page may be short, or empty, and yet have a `next`. */
  query(pk: string, range: Range, signal: AbortSignal): Promise<Page>;
  /**
   * Applies all changes or none, at most {@link MAX_CHANGES}, each to another item. Durable when it resolves.
   * @throws WaxsealError `conflict` where something else stands there than a change expects, or somebody else is changing it
   */
  write(changes: readonly ItemChange[], signal: AbortSignal): Promise<void>;
  /** Every item, for the command that compares the catalog with a file. Never used by the broker. */
  all(signal: AbortSignal): AsyncIterable<Item>;
}
