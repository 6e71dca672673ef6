import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DATA_FILES } from '../embedded/data-folder.ts';
import { WaxsealError } from '../wire/errors.ts';
import { requireSqlite } from './old-node.ts';
import type { OpenTable } from './open-table.ts';
import { usageError, withHint } from './report.ts';

/** Which catalog is meant: one of the two. */
export interface TableOptions {
  /** A DynamoDB table's name. */
  readonly table?: string;
  /** A local broker's data folder. */
  readonly data?: string;
}

/**
 * Tells how to open the one table that the options name. Each kind is loaded only where it is asked for.
 * @throws CommanderError where the options do not name one, or the data folder is none
 */
export function tableOf({ table, data }: TableOptions): () => Promise<OpenTable> {
  if (table !== undefined && data === undefined) {
    return async () => {
      const { openAwsTable } = await import('./aws-table.ts');
      return openAwsTable(table);
    };
  }
  if (data !== undefined && table === undefined) {
    requireSqlite();
    if (!existsSync(data)) throw usageError('There is no such data folder.', 'Make it, or let "waxseal dev" make one.');
    return () => openEmbedded(join(data, DATA_FILES.database));
  }
  throw usageError('Give either --table NAME or --data FOLDER.');
}

async function openEmbedded(file: string): Promise<OpenTable> {
  const [{ openDatabase }, { sqliteCatalogWriter }] = await Promise.all([
    import('../embedded/database.ts'),
    import('../catalog/sqlite.ts'),
  ]);
  const explain = (error: unknown) =>
    error instanceof WaxsealError && error.code === 'store_unavailable'
      ? withHint(error, `The database is ${file}: check that it is yours to write to, and not in use for long.`)
      : error;
  try {
    const database = openDatabase(file);
    return { table: sqliteCatalogWriter(database), explain, close: () => database.close() };
  } catch (error) {
    throw explain(error);
  }
}
