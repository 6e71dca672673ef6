import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { WaxsealError } from '../wire/errors.ts';

/** Counts up when a table changes in a way that an older version of this project would misread. */
const LAYOUT = 1;

/** How long a statement waits for another process, in milliseconds; the event loop stands still meanwhile. */
const BUSY_MS = 1000;

/**
 * Opens the embedded database, which catalog, ledger and store share; each of them creates its own table in it. A new file
 * can be read by its owner only. A commit is on disk when it returns (write-ahead log, `synchronous = FULL`), and several
 * processes may have the file open: the broker, and the command that applies a catalog.
 * @param file a path, or `:memory:`
 * @throws WaxsealError `store_unavailable` where the file cannot be opened, is no database, or was written by a newer version
 */
export function openDatabase(file: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    if (file !== ':memory:') closeSync(openSync(file, 'a', 0o600)); // before SQLite makes it, with the mask of the process
    database = new DatabaseSync(file, { timeout: BUSY_MS });
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    checkLayout(database);
    return database;
  } catch (cause) {
    database?.close();
    if (cause instanceof WaxsealError) throw cause;
    throw new WaxsealError('store_unavailable', 'The embedded database cannot be opened.', { cause });
  }
}

function checkLayout(database: DatabaseSync): void {
  const found = Number(database.prepare('PRAGMA user_version').get()?.user_version);
  if (found > LAYOUT) {
    throw new WaxsealError('store_unavailable', 'The embedded database was written by a newer version of waxseal.');
  }
  if (found < LAYOUT) database.exec(`PRAGMA user_version = ${LAYOUT}`);
}
