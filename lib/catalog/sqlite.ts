import type { DatabaseSync } from 'node:sqlite';
import { WaxsealError } from '../wire/errors.ts';
import { type CatalogReader, type CatalogWriter, checkTransactionSize, type Item, type ItemChange } from './table.ts';

const SCHEMA = `CREATE TABLE IF NOT EXISTS catalog (
  pk TEXT NOT NULL, sk TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (pk, sk)
) STRICT, WITHOUT ROWID`;

/** Items that a query or a step through all items reads at once. */
const PAGE_ITEMS = 500;

/** The last code point: a prefix followed by it sorts behind every key that begins with the prefix. */
const LAST = '\u{10ffff}';

/** Reads the catalog's table in SQLite. Creates the table if it is missing. */
export function sqliteCatalogReader(database: DatabaseSync): CatalogReader {
  database.exec(SCHEMA);
  const several = database.prepare(
    'SELECT pk, sk, data FROM json_each(?) AS asked CROSS JOIN catalog ON pk = ? AND sk = asked.value',
  );
  const range = database.prepare(
    'SELECT pk, sk, data FROM catalog WHERE pk = ? AND sk >= ? AND sk <> ? AND sk < ? ORDER BY sk LIMIT ?',
  );
  const read = transactions(database, 'BEGIN');

  return {
    async get(keys, signal) {
      const byPartition = Map.groupBy(keys, ({ pk }) => pk);
      return read(signal, () =>
        Array.from(byPartition, ([pk, members]) => several.all(JSON.stringify(members.map(({ sk }) => sk)), pk)).flat(),
      ) as unknown as Item[];
    },

    async query(pk, { prefix = '', after = '', limit = PAGE_ITEMS }, signal) {
      // SQLite compares the bytes of UTF-8, as DynamoDB does.
      const from = Buffer.compare(Buffer.from(after), Buffer.from(prefix)) > 0 ? after : prefix;
      const rows = read(signal, () => range.all(pk, from, after, prefix + LAST, limit));
      const items = rows as unknown as Item[];
      const last = items.length < limit ? undefined : items.at(-1);
      return last === undefined ? { items } : { items, next: last.sk };
    },
  };
}

/** Writes the catalog's table in SQLite. Creates the table if it is missing. */
export function sqliteCatalogWriter(database: DatabaseSync): CatalogWriter {
  database.exec(SCHEMA);
  const one = database.prepare('SELECT data FROM catalog WHERE pk = ? AND sk = ?');
  const following = database.prepare(
    'SELECT pk, sk, data FROM catalog WHERE (pk, sk) > (?, ?) ORDER BY pk, sk LIMIT ?',
  );
  const put = database.prepare('INSERT OR REPLACE INTO catalog (pk, sk, data) VALUES (?, ?, ?)');
  const remove = database.prepare('DELETE FROM catalog WHERE pk = ? AND sk = ?');
  const read = transactions(database, 'BEGIN');
  const write = transactions(database, 'BEGIN IMMEDIATE');

  function make(change: ItemChange): void {
    const { pk, sk, expect } = change;
    if (expect !== undefined && (one.get(pk, sk)?.data ?? null) !== expect) throw new WaxsealError('conflict');
    if ('put' in change) put.run(pk, sk, change.put);
    else remove.run(pk, sk);
  }

  return {
    async *all(signal) {
      let last = { pk: '', sk: '' };
      for (;;) {
        const { pk, sk } = last;
        const items = read(signal, () => following.all(pk, sk, PAGE_ITEMS)) as unknown as Item[];
        yield* items;
        if (items.length < PAGE_ITEMS) return;
        last = items.at(-1)!;
      }
    },

    async write(changes, signal) {
      checkTransactionSize(changes);
      write(signal, () => {
        for (const change of changes) make(change);
      });
    },
  };
}

/** Runs work in transactions. No other statement of this process can get into one, since the work is synchronous. */
function transactions(database: DatabaseSync, mode: 'BEGIN' | 'BEGIN IMMEDIATE') {
  const begin = database.prepare(mode);
  const commit = database.prepare('COMMIT');
  return <T>(signal: AbortSignal, work: () => T): T => {
    if (signal.aborted) throw unavailable(signal.reason);
    try {
      begin.run();
      const result = work();
      commit.run();
      return result;
    } catch (error) {
      if (database.isOpen && database.isTransaction) database.exec('ROLLBACK');
      throw error instanceof WaxsealError ? error : unavailable(error);
    }
  };
}

function unavailable(cause: unknown): WaxsealError {
  return new WaxsealError('store_unavailable', undefined, { cause, retryAfter: 1 });
}
