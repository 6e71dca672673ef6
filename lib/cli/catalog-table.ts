import { existsSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { WaxsealError } from '../wire/errors.ts';
import type { OpenTable } from './aws-table.ts';
import { quoted, usageError, withHint } from './report.ts';

/** Which catalog is meant: one of the two. */
export interface TableOptions {
  /** The name or ARN of a DynamoDB table. */
  readonly table?: string;
  /** The data folder of an embedded broker. */
  readonly data?: string;
}

/**
 * Checks the options and returns how to open the one table that they name. Each kind of table is loaded only if it is asked for.
 * @throws CommanderError if the options do not name exactly one, or there is no such data folder
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
    requireDataFolder(data);
    return () => openEmbedded(data);
  }
  throw usageError('Pass either --table NAME or --data FOLDER.');
}

async function openEmbedded(folder: string): Promise<OpenTable> {
  const [{ DATA_FILES }, { openDatabase }, { sqliteCatalogWriter }] = await Promise.all([
    import('../embedded/data-folder.ts'),
    import('../embedded/database.ts'),
    import('../catalog/sqlite.ts'),
  ]);
  const file = join(folder, DATA_FILES.database);
  const explain = (error: unknown) =>
    error instanceof WaxsealError && error.code === 'store_unavailable'
      ? withHint(error, `Check that you may write to ${file}, and that no other program has it locked.`)
      : error;
  try {
    const database = openDatabase(file);
    return { table: sqliteCatalogWriter(database), explain, close: () => database.close() };
  } catch (error) {
    throw explain(error);
  }
}

/**
 * Refuses a command that needs SQLite on a Node without it. SQLite came into Node with 22.13; the other commands run on older ones.
 * @throws CommanderError
 */
export function requireSqlite(): void {
  if (isBuiltin('node:sqlite')) return;
  throw usageError(`This command needs Node 22.13 or later, and this is ${process.version}.`, 'Install Node 24.');
}

/** @throws CommanderError if there is no such data folder */
function requireDataFolder(data: string): void {
  if (existsSync(data)) return;
  throw usageError(`There is no data folder ${quoted(data)}.`, 'Create it, or let "waxseal dev" create it.');
}
