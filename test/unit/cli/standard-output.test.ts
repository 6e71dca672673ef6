import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../../lib/cli/main.ts', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waxseal-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs a line of shell in which `waxseal` is the command. */
function shell(line: string) {
  const script = `waxseal() { "$NODE" --disable-warning=ExperimentalWarning "$MAIN" "$@"; }; ${line}`;
  const env = { PATH: process.env.PATH, NODE: process.execPath, MAIN };
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script], { cwd: folder, env, encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('standard output', () => {
  it('that takes nothing ends with one line and exit code 1', () => {
    expect(shell('waxseal --version > /dev/full')).toEqual({
      status: 1,
      stdout: '',
      stderr: 'waxseal: Cannot write to standard output: ENOSPC.\n',
    });
  });

  it('that takes only a part ends with exit code 1', async () => {
    expect(shell('ulimit -f 1; waxseal --help > part')).toEqual({
      status: 1,
      stdout: '',
      stderr: 'waxseal: Cannot write to standard output: EFBIG.\n',
    });
    expect((await readFile(join(folder, 'part'))).length).toBeGreaterThan(0);
  });

  it('gets all into a file and into a pipe', async () => {
    const piped = shell('waxseal --help');
    expect(shell('waxseal --help > whole')).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(await readFile(join(folder, 'whole'), 'utf8')).toBe(piped.stdout);
    expect(piped).toMatchObject({ status: 0, stdout: expect.stringContaining('Usage: waxseal'), stderr: '' });
  });

  it('that is a pipe may end early', () => {
    expect(shell('waxseal --help | true')).toMatchObject({ status: 0, stderr: '' });
  });
});
