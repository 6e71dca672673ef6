import type { DatabaseSync } from 'node:sqlite';
import { sqliteCatalogReader, sqliteCatalogWriter } from '../../lib/catalog/sqlite.ts';
import type { CatalogReader, CatalogWriter } from '../../lib/catalog/table.ts';

/** Reader and writer of one table. Only tests and benches hold both in one hand. */
export type CatalogTable = CatalogReader & CatalogWriter;

/** The catalog's table in SQLite, for reading and writing. */
export function sqliteTable(database: DatabaseSync): CatalogTable {
  return { ...sqliteCatalogReader(database), ...sqliteCatalogWriter(database) };
}
