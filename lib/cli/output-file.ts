import { randomUUID } from 'node:crypto';
import { lstat, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { usageError } from './report.ts';

/**
 * Writes a file that only its owner can read (mode 0600), all of it or nothing: the content goes into a new file beside it,
 * which then takes the name, so nobody sees half a value and an old file's wider mode does not stay.
 * @throws CommanderError where the folder cannot be written to, or the name is taken by what is no file
 */
export async function writeOutputFile(path: string, content: string | Uint8Array): Promise<void> {
  const present = await lstat(path).catch(() => undefined);
  // A rename would put a file in the place of a device, which root may do: /dev/stdout would be gone for everybody.
  if (present !== undefined && !present.isFile()) {
    throw usageError(
      'The output is there already, and is no file but a folder, link, pipe or device.',
      'Name a file, or leave --output away and use a pipe.',
    );
  }
  const beside = join(dirname(path), `.waxseal-${randomUUID()}`);
  try {
    await writeFile(beside, content, { mode: 0o600, flag: 'wx', flush: true });
    await rename(beside, path);
  } catch {
    await rm(beside, { force: true });
    throw usageError('The output file cannot be written.', 'Check that its folder exists and is yours to write to.');
  }
}
