import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { fromBase64url, toBase64url } from '../../wire/bytes.ts';
import { WaxsealError } from '../../wire/errors.ts';

/** Possible sources of the embedded store's key. */
export interface StoreKeySources {
  /** `WAXSEAL_STORE_KEY`: 32 bytes as base64url without padding. Takes precedence over the file. */
  environment?: string | undefined;
  /** A file with the same content, created if it is missing. */
  file: string;
}

/**
 * The 32-byte key of the embedded store. A file is created with mode 0600, complete and on disk before the key is used: values
 * sealed under a key that was lost in a crash could never be opened.
 * @throws WaxsealError `internal_error` if the environment or the file does not hold a key, or if the file is not a regular
 *   file, belongs to another user, or can be read or written by others than its owner
 */
export function embeddedKey({ environment, file }: StoreKeySources): Uint8Array {
  if (environment !== undefined) {
    return parse(environment) ?? refuse('WAXSEAL_STORE_KEY is not 32 bytes in base64url without padding.');
  }
  return read(file) ?? create(file);
}

function read(file: string): Uint8Array | undefined {
  let fd: number;
  try {
    // Not through a symbolic link: anyone who can plant one could choose our key.
    fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    return refuse('The store key file cannot be opened.', cause);
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) refuse('The store key file is not a regular file.');
    if (process.getuid !== undefined && stat.uid !== process.getuid())
      refuse('The store key file belongs to another user.');
    if ((stat.mode & 0o077) !== 0) refuse('Other users can read or write the store key file. Run chmod 600 on it.');
    return parse(readFileSync(fd, 'utf8').trim()) ?? refuse('The store key file does not hold 32 bytes in base64url.');
  } finally {
    closeSync(fd);
  }
}

/** Written to a file next to it and then linked: a second process sees no file or the whole key, and the first one wins. */
function create(file: string): Uint8Array {
  const temporary = `${file}.${toBase64url(randomBytes(9))}`;
  try {
    const fd = openSync(temporary, 'wx', 0o600);
    try {
      writeSync(fd, `${toBase64url(randomBytes(32))}\n`);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    linkOnce(temporary, file);
    const directory = openSync(dirname(file), 'r');
    fsyncSync(directory);
    closeSync(directory);
  } catch (cause) {
    return refuse('The store key file cannot be created.', cause);
  } finally {
    rmSync(temporary, { force: true });
  }
  return read(file) ?? refuse('The store key file disappeared while it was being created.');
}

function linkOnce(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function parse(text: string): Uint8Array | undefined {
  const bytes = fromBase64url(text);
  return bytes?.byteLength === 32 ? bytes : undefined;
}

function refuse(text: string, cause?: unknown): never {
  throw new WaxsealError('internal_error', text, { cause });
}
