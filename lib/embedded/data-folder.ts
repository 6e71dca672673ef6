import { constants } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { type BrokerKeySet, firstBrokerKeys, parseBrokerKeys, serializeBrokerKeys } from '../keys/broker-key-set.ts';
import { WaxsealError } from '../wire/errors.ts';

/** The files in an embedded broker's data folder. All but the database and the lock hold keys and have mode 0600. */
export const DATA_FILES = {
  database: 'waxseal.db',
  lock: 'dev.lock',
  storeKey: 'store.key',
  brokerKeys: 'broker-keys.json',
  devIssuer: 'dev-issuer.json',
} as const;

/**
 * Makes a data folder for its owner alone (mode 0700), unless it exists.
 * @throws WaxsealError `invalid_request` with the path if it cannot be made
 */
export async function makeDataFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 }).catch((cause) => {
    throw new WaxsealError('invalid_request', 'The data folder cannot be created.', { setting: 'data', path, cause });
  });
}

/** Reads the broker's xkeys from a file, or makes them there (mode 0600), so that clients' pins outlive a restart. */
export async function embeddedBrokerKeys(file: string): Promise<BrokerKeySet> {
  const held = await readKeyFile(file);
  if (held !== undefined) return parseKeyFile(file, () => parseBrokerKeys(held));
  const keys = firstBrokerKeys();
  await writeKeyFile(file, serializeBrokerKeys(keys));
  return keys;
}

/**
 * Reads a file that only its owner may read. It does not follow a symbolic link: the data folder may be inside a folder that
 * others can write to, and anyone who plants a link there could choose our keys.
 * @returns undefined if there is no such file
 * @throws WaxsealError `internal_error` with the path if the file cannot be opened, is not a regular file of ours, or is open
 *   to others
 */
export async function readKeyFile(path: string): Promise<string | undefined> {
  const handle = await openWithoutFollowing(path);
  try {
    const found = await handle?.stat();
    if (handle === undefined || found === undefined) return undefined;
    if (!found.isFile() || (process.getuid !== undefined && found.uid !== process.getuid())) {
      throw new WaxsealError('internal_error', 'A key file must be a regular file that you own.', { path });
    }
    if ((found.mode & 0o077) !== 0) {
      throw new WaxsealError('internal_error', 'A key file is open to other users. Restrict it with chmod 600.', {
        path,
      });
    }
    return await handle.readFile('utf8');
  } finally {
    await handle?.close();
  }
}

/**
 * What a key file's content means. What went wrong is not kept: it may quote the key.
 * @throws WaxsealError `internal_error` with the path if the content is not a key
 */
export async function parseKeyFile<T>(path: string, parse: () => T | Promise<T>): Promise<T> {
  try {
    return await parse();
  } catch {
    const text = 'A key file does not contain a valid key. Restore it, or delete it to make a new key.';
    throw new WaxsealError('internal_error', text, { path });
  }
}

/** Undefined if there is nothing of that name. Opening a pipe does not wait for its writer. */
async function openWithoutFollowing(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new WaxsealError('internal_error', 'A key file cannot be opened.', { path, cause });
  }
}

/** Writes a new file with mode 0600, on disk when it resolves. Throws if the file exists. */
export async function writeKeyFile(path: string, text: string): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
