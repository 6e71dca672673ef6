import { randomUUID } from 'node:crypto';
import { lstat, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { quoted, usageError } from './report.ts';

/**
 * Writes a file that only its owner can read (mode 0600), all of it or nothing. The content goes into a new file next to it,
 * which then takes its name, so nobody sees half a value and the wider mode of an old file does not survive.
 * @throws CommanderError if the folder cannot be written to, or the path exists and is not a regular file
 */
export async function writeOutputFile(path: string, content: string | Uint8Array): Promise<void> {
  const present = await lstat(path).catch(() => undefined);
  // Root could rename a file over a device: /dev/stdout would be gone for everybody.
  if (present !== undefined && !present.isFile()) {
    throw usageError(
      `The output path exists and is not a regular file: ${quoted(path)}.`,
      'Name a file, or leave out --output and use a pipe.',
    );
  }
  const temporary = join(dirname(path), `.waxseal-${randomUUID()}`);
  try {
    await writeFile(temporary, content, { mode: 0o600, flag: 'wx', flush: true });
    await rename(temporary, path);
  } catch {
    await rm(temporary, { force: true });
    throw usageError(
      `Cannot write the output file: ${quoted(path)}.`,
      'Check that its folder exists and that you may write to it.',
    );
  }
}
