import { DatabaseSync } from 'node:sqlite';
import { WaxsealError } from '../wire/errors.ts';

/**
 * Takes a data folder for this process alone: two local brokers in one would overwrite each other's catalog. The lock is
 * SQLite's on a file of its own, so that it ends with the process, however that ends, and other commands may read the folder.
 * @returns gives it back
 * @throws WaxsealError `conflict` where another process has it
 */
export function lockFolder(file: string): () => void {
  const lock = new DatabaseSync(file);
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    throw new WaxsealError(
      'conflict',
      'Another local broker uses this data folder. Stop it, or give this one its own with --data.',
      { cause },
    );
  }
  return () => lock.close();
}
