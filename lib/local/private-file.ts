import { open, readFile, stat } from 'node:fs/promises';
import { WaxsealError } from '../wire/errors.ts';

/**
 * Reads a file that only its owner may read.
 * @returns undefined where there is none
 * @throws WaxsealError `internal_error` where others may read it
 */
export async function readPrivateFile(file: string): Promise<string | undefined> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) return undefined;
  if ((found.mode & 0o077) !== 0) {
    throw new WaxsealError(
      'internal_error',
      'A key file in the data folder is open to others than its owner: chmod 600 it.',
    );
  }
  return readFile(file, 'utf8');
}

/** Writes a new file with mode 0600, on disk when it resolves. Throws where the file exists. */
export async function writePrivateFile(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
