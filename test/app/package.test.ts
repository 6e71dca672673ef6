import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const TSC = join(PROJECT, 'node_modules/typescript/bin/tsc');

/** What a user's program does with the package. */
const PROGRAM = `
import { fromEnvironment, parseReference, type Secret, WaxsealClient, WaxsealError } from 'waxseal';
const client = new WaxsealClient({ url: 'https://b.example', brokerKeys: process.argv[2] ?? '', token: fromEnvironment() });
export async function read(): Promise<string> {
  const secret: Secret = await client.get('payments/stripe');
  const more = await client.batchGet(['db/main']);
  return secret.reveal() + more.map((one) => (one instanceof WaxsealError ? one.code : one.version)).join();
}
console.log(typeof read, parseReference('waxseal://a?field=b').field);
`;

let folder: string;
let tarball: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waxseal-'));
  const staged = join(folder, 'staged');
  await mkdir(staged);
  const copied = ['package.json', 'LICENSE'].map((file) => cp(join(PROJECT, file), join(staged, file)));
  const built = run(process.execPath, [TSC, '-p', 'tsconfig.build.json', '--outDir', join(staged, 'dist')], {
    cwd: PROJECT,
  });
  await Promise.all([...copied, built]);
  const packing = ['pack', '--ignore-scripts', '--offline', '--json', '--pack-destination', folder];
  const { stdout } = await run('npm', packing, { cwd: staged });
  const [packed] = JSON.parse(stdout) as [{ filename: string }];
  tarball = join(folder, packed.filename);
}, 60_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** A project with only the packed package and these others installed. */
async function projectWith(name: string, others: readonly string[]): Promise<string> {
  const project = join(folder, name);
  const installed = join(project, 'node_modules/waxseal');
  await mkdir(installed, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
  for (const other of others) {
    const link = join(project, 'node_modules', other);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(PROJECT, 'node_modules', other), link);
  }
  await writeFile(join(project, 'package.json'), '{"type":"module"}');
  return project;
}

const waxseal = (project: string, ...args: string[]) =>
  run(process.execPath, ['node_modules/waxseal/dist/cli/main.js', ...args], {
    cwd: project,
    env: { PATH: process.env.PATH },
  });

async function declared(): Promise<string[]> {
  const text = await readFile(join(PROJECT, 'package.json'), 'utf8');
  return Object.keys((JSON.parse(text) as { dependencies: object }).dependencies);
}

describe('the packed package', () => {
  it('lets a TypeScript program import the client, which needs no package besides tweetnacl', async () => {
    const project = await projectWith('sdk', ['tweetnacl', '@types/node']);
    await writeFile(join(project, 'program.ts'), PROGRAM);
    const options = ['--module', 'nodenext', '--target', 'es2024', '--strict', '--types', 'node', 'program.ts'];
    await run(process.execPath, [TSC, ...options], { cwd: project });
    const pin = 'XBUJMZHVOPQ2SK5VD3TY4VNBPVU2YFGRLK6EFPEPSMVDUYEBSROWZCEA';
    expect((await run(process.execPath, ['program.js', pin], { cwd: project })).stdout).toBe('function b\n');
  }, 30_000);

  it('gets a secret without loading any part of the broker', async () => {
    const project = await projectWith('get', ['commander', 'tweetnacl']);
    const refused = await waxseal(project, 'get', 'payments/stripe').catch((error: object) => error);
    expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Set WAXSEAL_URL') });
    await expect(waxseal(project, 'get', '--help')).resolves.toMatchObject({
      stdout: expect.stringContaining('--secret-version'),
    });
  });

  it('has every command, with only its declared dependencies', async () => {
    const project = await projectWith('all', await declared());
    const { stdout } = await waxseal(project, '--help');
    expect(stdout).toMatch(/^ {2}dev /m);
    const version = JSON.parse(await readFile(join(PROJECT, 'package.json'), 'utf8')) as { version: string };
    expect((await waxseal(project, '--version')).stdout).toBe(`${version.version}\n`);
    await writeFile(join(project, 'catalog.yaml'), 'stores:\n  - { name: local, kind: embedded, default: true }\n');
    expect((await waxseal(project, 'check', 'catalog.yaml')).stdout).toContain('catalog.yaml: no faults');
    await mkdir(join(project, 'data'));
    const applied = await waxseal(project, 'apply', 'catalog.yaml', '--data', 'data', '--yes');
    expect(applied.stdout).toContain('stores: 1 new, 0 changed, 0 removed');
  });
});
