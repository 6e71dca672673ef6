import { closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { WaxsealError } from '../wire/errors.ts';

/** Goes up when a table changes in a way that an older version of this project would misread. */
const LAYOUT = 1;

/** How long a statement waits for another process, in milliseconds; the event loop is blocked meanwhile. */
const BUSY_MS = 1000;

/**
 * Opens the embedded database, which catalog, ledger and store share; each of them creates its own table in it. Only its owner
 * can read a new file. A commit is on disk when it returns (write-ahead log, `synchronous = FULL`), and several processes may
 * have the file open: the broker, and the command that applies a catalog.
 * @param path a file, or `:memory:`
 * @throws WaxsealError `store_unavailable` with the path if the file cannot be opened, is not a database, or was written by a
 *   newer version
 */
export function openDatabase(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600)); // before SQLite makes it with the umask of the process
    database = new DatabaseSync(path, { timeout: BUSY_MS });
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    checkLayout(database, path);
    return database;
  } catch (cause) {
    database?.close();
    if (cause instanceof WaxsealError) throw cause;
    throw new WaxsealError('store_unavailable', 'The embedded database cannot be opened.', { path, cause });
  }
}

function checkLayout(database: DatabaseSync, path: string): void {
  const found = Number(database.prepare('PRAGMA user_version').get()?.user_version);
  if (found > LAYOUT) {
    throw new WaxsealError('store_unavailable', 'A newer version of waxseal wrote the embedded database.', { path });
  }
  if (found < LAYOUT) database.exec(`PRAGMA user_version = ${LAYOUT}`);
}

/**
 * Takes a data folder for this process alone: two brokers in one folder would overwrite each other's catalog. The lock is
 * SQLite's, on a file of its own, so it ends with the process, however that ends, and other commands may read the folder.
 * @returns releases the lock
 * @throws WaxsealError `conflict` with the folder's path if another process holds the lock
 */
export function lockFolder(file: string): () => void {
  const lock = new DatabaseSync(file);
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    const at = { setting: 'data', path: dirname(file), cause };
    throw new WaxsealError('conflict', 'Another broker is using this data folder.', at);
  }
  return () => lock.close();
}
