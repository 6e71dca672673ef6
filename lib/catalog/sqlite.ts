import type { DatabaseSync } from 'node:sqlite';
import { WaxsealError } from '../wire/errors.ts';
import { type CatalogTable, type Item, type ItemChange, MAX_CHANGES, type Page, type Range } from './table.ts';

const SCHEMA = `CREATE TABLE IF NOT EXISTS catalog (
  pk TEXT NOT NULL, sk TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (pk, sk)
) STRICT, WITHOUT ROWID`;

/** Items that a query or a step through all items reads at once. */
const PAGE_ITEMS = 500;

/** The last code point: a prefix followed by it sorts behind every key that begins with the prefix. */
const LAST = '\u{10ffff}';

/** The catalog's table in SQLite. Makes the table where it is missing. */
export function sqliteTable(database: DatabaseSync): CatalogTable {
  database.exec(SCHEMA);
  const one = database.prepare('SELECT data FROM catalog WHERE pk = ? AND sk = ?');
  const several = database.prepare(
    'SELECT pk, sk, data FROM json_each(?) AS asked CROSS JOIN catalog ON pk = ? AND sk = asked.value',
  );
  const range = database.prepare(
    'SELECT pk, sk, data FROM catalog WHERE pk = ? AND sk >= ? AND sk <> ? AND sk < ? ORDER BY sk LIMIT ?',
  );
  const following = database.prepare(
    'SELECT pk, sk, data FROM catalog WHERE (pk, sk) > (?, ?) ORDER BY pk, sk LIMIT ?',
  );
  const put = database.prepare('INSERT OR REPLACE INTO catalog (pk, sk, data) VALUES (?, ?, ?)');
  const remove = database.prepare('DELETE FROM catalog WHERE pk = ? AND sk = ?');
  const begin = { read: database.prepare('BEGIN'), write: database.prepare('BEGIN IMMEDIATE') };
  const commit = database.prepare('COMMIT');

  /** One transaction, which no other statement of this process can get into, since nothing in it waits. */
  function transaction<T>(mode: keyof typeof begin, signal: AbortSignal, work: () => T): T {
    if (signal.aborted) throw unavailable(signal.reason);
    try {
      begin[mode].run();
      const result = work();
      commit.run();
      return result;
    } catch (error) {
      if (database.isOpen && database.isTransaction) database.exec('ROLLBACK');
      throw error instanceof WaxsealError ? error : unavailable(error);
    }
  }

  function dataOf(pk: string, sk: string): string | undefined {
    return one.get(pk, sk)?.data as string | undefined;
  }

  function change(wanted: ItemChange): void {
    const { pk, sk, expect } = wanted;
    if (expect !== undefined && (dataOf(pk, sk) ?? null) !== expect) throw new WaxsealError('conflict');
    if ('put' in wanted) put.run(pk, sk, wanted.put);
    else remove.run(pk, sk);
  }

  return {
    async get(keys, signal) {
      const byPartition = Map.groupBy(keys, ({ pk }) => pk);
      return transaction('read', signal, () =>
        Array.from(byPartition, ([pk, members]) => several.all(JSON.stringify(members.map(({ sk }) => sk)), pk)).flat(),
      ) as unknown as Item[];
    },

    async query(pk, { prefix = '', after = '', limit = PAGE_ITEMS }: Range, signal): Promise<Page> {
      // SQLite compares the bytes of UTF-8, as DynamoDB does.
      const from = Buffer.compare(Buffer.from(after), Buffer.from(prefix)) > 0 ? after : prefix;
      const rows = transaction('read', signal, () => range.all(pk, from, after, prefix + LAST, limit));
      const items = rows as unknown as Item[];
      const last = items.length < limit ? undefined : items.at(-1);
      return last === undefined ? { items } : { items, next: last.sk };
    },

    async write(changes, signal) {
      if (changes.length > MAX_CHANGES)
        throw new WaxsealError('internal_error', 'A transaction of the catalog is too large.');
      transaction('write', signal, () => {
        for (const wanted of changes) change(wanted);
      });
    },

    async *all(signal) {
      let last = { pk: '', sk: '' };
      for (;;) {
        const { pk, sk } = last;
        const items = transaction('read', signal, () => following.all(pk, sk, PAGE_ITEMS)) as unknown as Item[];
        yield* items;
        if (items.length < PAGE_ITEMS) return;
        last = items.at(-1)!;
      }
    },
  };
}

function unavailable(cause: unknown): WaxsealError {
  return new WaxsealError('store_unavailable', undefined, { cause, retryAfter: 1 });
}
