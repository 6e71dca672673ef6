import type { CatalogReader, Item, Range } from './table.ts';

/** All items of the walked partitions that have one sort key. */
export interface Row {
  readonly sk: string;
  readonly items: readonly Item[];
}

/** Several partitions, walked side by side in order of their sort keys. */
export interface Walk {
  /** Adds another partition. Its items must sort after what was walked already. */
  add(pk: string, range: { readonly prefix: string; readonly after: string }): void;
  /** The next sort key with all its items, or undefined at the end. */
  next(): Promise<Row | undefined>;
}

/** The most items that one query of the walk reads. */
const PAGE_ITEMS = 100;

/** Starts a walk without partitions. Each partition is read one page at a time, as far as the walk gets. */
export function mergeBySortKey(table: CatalogReader, signal: AbortSignal): Walk {
  const joined: { readonly items: AsyncIterator<Item>; head: IteratorResult<Item> | undefined }[] = [];

  async function* items(pk: string, { prefix, after }: { prefix: string; after: string }): AsyncGenerator<Item> {
    let range: Range = { prefix, after, limit: PAGE_ITEMS };
    for (;;) {
      const page = await table.query(pk, range, signal);
      yield* page.items;
      if (page.next === undefined) return;
      range = { prefix, after: page.next, limit: PAGE_ITEMS };
    }
  }

  return {
    add(pk, range) {
      joined.push({ items: items(pk, range), head: undefined });
    },

    async next() {
      // Read only now, never ahead: a read that nobody awaits could fail unnoticed.
      const heads = await Promise.all(
        joined.map(async (partition) => {
          partition.head ??= await partition.items.next();
          return { partition, item: partition.head.done ? undefined : partition.head.value };
        }),
      );
      let least: string | undefined;
      for (const { item } of heads) if (item && (least === undefined || item.sk < least)) least = item.sk;
      if (least === undefined) return undefined;
      const found: Item[] = [];
      for (const { partition, item } of heads) {
        if (item?.sk !== least) continue;
        found.push(item);
        partition.head = undefined;
      }
      return { sk: least, items: found };
    },
  };
}
