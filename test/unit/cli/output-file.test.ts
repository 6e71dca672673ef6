import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeOutputFile } from '../../../lib/cli/output-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waxseal-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('writeOutputFile', () => {
  it.each([
    ['a link to a device', (path: string) => symlink('/proc/self/fd/1', path)],
    ['a link to a file', (path: string) => symlink(join(folder, 'elsewhere'), path)],
    ['a folder', (path: string) => mkdir(path)],
  ])('leaves %s as it is', async (_, make) => {
    await writeFile(join(folder, 'elsewhere'), 'old');
    const path = join(folder, 'out');
    await make(path);
    const before = await lstat(path);
    await expect(writeOutputFile(path, 'value')).rejects.toThrow(
      `The output path exists and is not a regular file: "${path}".`,
    );
    expect((await lstat(path)).ino).toBe(before.ino);
    expect(await readFile(join(folder, 'elsewhere'), 'utf8')).toBe('old');
    expect((await readdir(folder)).sort()).toEqual(['elsewhere', 'out']);
  });
});
