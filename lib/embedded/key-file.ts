import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { WaxsealError } from '../wire/errors.ts';

/**
 * Reads a file that only its owner may read. Not through a symbolic link: the data folder stands in whatever folder the
 * broker is started from, and who may plant a link there could choose our keys.
 * @returns undefined where there is none
 * @throws WaxsealError `internal_error` where it cannot be opened, is no regular file of ours, or others may read it
 */
export async function readKeyFile(file: string): Promise<string | undefined> {
  const handle = await openPlainly(file);
  try {
    const found = await handle?.stat();
    if (handle === undefined || found === undefined) return undefined;
    if (!found.isFile() || (process.getuid !== undefined && found.uid !== process.getuid())) {
      throw new WaxsealError('internal_error', 'A key file in the data folder is not a regular file of this user.');
    }
    if ((found.mode & 0o077) !== 0) {
      throw new WaxsealError(
        'internal_error',
        'A key file in the data folder is open to others than its owner: chmod 600 it.',
      );
    }
    return await handle.readFile('utf8');
  } finally {
    await handle?.close();
  }
}

/** Undefined where there is nothing of that name. A pipe is opened without waiting for who writes into it. */
async function openPlainly(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new WaxsealError('internal_error', 'A key file in the data folder cannot be opened.', { cause });
  }
}

/** Writes a new file with mode 0600, on disk when it resolves. Throws where the file exists. */
export async function writeKeyFile(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
