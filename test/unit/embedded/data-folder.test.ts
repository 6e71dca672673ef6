import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { embeddedBrokerKeys, readKeyFile, writeKeyFile } from '../../../lib/embedded/data-folder.ts';
import { devIssuer } from '../../../lib/embedded/dev-issuer.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waxseal-private-'));
  file = join(folder, 'keys.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a key file in the data folder', () => {
  it('is written for its owner alone, and can be read again', async () => {
    expect(await readKeyFile(file)).toBeUndefined();
    await writeKeyFile(file, 'keys');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await readKeyFile(file)).toBe('keys');
    await expect(writeKeyFile(file, 'others')).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readKeyFile(file)).toBe('keys');
  });

  const CLOSED = 'A key file cannot be opened.';
  const FOREIGN = 'A key file must be a regular file that you own.';
  it.each([
    ['that others may read', 'A key file is open to other users. Restrict it with chmod 600.', share],
    ['behind a symbolic link', CLOSED, () => symlinkSync(join(folder, 'planted'), file)],
    ['that is a folder', FOREIGN, () => mkdirSync(file, { mode: 0o700 })],
    ['that is a pipe', FOREIGN, () => execFileSync('mkfifo', ['-m', '600', file])],
  ])('%s is refused', async (_, message, plant) => {
    writeFileSync(join(folder, 'planted'), 'keys of somebody else', { mode: 0o600 });
    plant();
    await expect(readKeyFile(file)).rejects.toMatchObject({ code: 'internal_error', message, path: file });
  });
});

describe('a key file that does not hold a key', () => {
  const CONTENTS = ['', '{', '{}', 'null', '{"kty":"EC","d":"planted-seed"}', '{"current":{"seed":"planted-seed"}}'];
  it.each(CONTENTS)('is refused with its path, and without its content: %j', async (content) => {
    await writeKeyFile(file, content);
    for (const read of [embeddedBrokerKeys, devIssuer]) {
      const error = await read(file).catch((refusal: unknown) => refusal);
      expect(error).toMatchObject({
        code: 'internal_error',
        message: 'A key file does not contain a valid key. Restore it, or delete it to make a new key.',
        path: file,
      });
      expect((error as Error).cause).toBeUndefined();
    }
  });
});

function share(): void {
  writeFileSync(file, 'keys');
  chmodSync(file, 0o640);
}
