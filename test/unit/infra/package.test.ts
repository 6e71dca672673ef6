import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Package, packageStack, readPackage } from '../../kit/package-stack.ts';
import { copyProject } from '../../kit/project-copy.ts';
import { packagedStack } from './packaged.ts';

let one: Package;
let removeSecond: (() => void) | undefined;
let two: Package;
beforeAll(async () => {
  const second = packageStack({ TZ: 'America/Lima' });
  one = await packagedStack();
  const { directory, remove } = await second;
  removeSecond = remove;
  two = readPackage(directory);
}, 120_000);
afterAll(() => removeSecond?.());

const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

test('two builds in two places and time zones have one hash', () => {
  const hashes = ({ zips, plainTemplate }: Package) => [
    hash(zips.broker.bytes),
    hash(zips.brokerKey.bytes),
    hash(readFileSync(plainTemplate)),
  ];
  expect(hashes(two)).toEqual(hashes(one));
});

test('each function is one file, below 600 KB', () => {
  expect(one.zips.broker.entries.map(({ name }) => name)).toEqual(['functions/broker.mjs']);
  expect(one.zips.brokerKey.entries.map(({ name }) => name)).toEqual(['functions/broker-key.mjs']);
  expect(one.zips.broker.entries[0]?.content.length).toBeLessThan(600_000);
  expect(one.zips.brokerKey.entries[0]?.content.length).toBeLessThan(250_000);
});

test('it contains no source map, no default credentials and no path of the builder', () => {
  const FOREIGN = [
    'sourceMappingURL',
    'credential_process',
    'sso_start_url',
    'AWS_CONTAINER_CREDENTIALS',
    '/node_modules/',
  ];
  const foreign = [...FOREIGN, tmpdir(), process.cwd()];
  // Show only what is found: half a megabyte of code would not help.
  const found = Object.entries(one.zips).flatMap(([name, { entries }]) =>
    foreign.filter((text) => entries[0]?.content.includes(text)).map((text) => [name, text]),
  );
  expect(found).toEqual([]);
});

test('the package is a module that Node loads', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'waxseal-module-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = join(directory, 'broker-key.mjs');
  writeFileSync(file, one.zips.brokerKey.entries[0]!.content);
  expect(await import(file)).toEqual(expect.objectContaining({ handler: expect.any(Function) }));
});

test.concurrent.each([
  [
    'a file that does not exist',
    'none.json',
    undefined,
    /WAXSEAL_STACK_PARAMETERS names a file that does not exist: none\.json/,
  ],
  [
    'a parameter that the stack does not know',
    'mine.json',
    [{ ParameterKey: 'SecretPrefixs', ParameterValue: 'prod/' }],
    /The stack has no parameter SecretPrefixs\. docs\/deploy\.md lists all parameters\./,
  ],
])(
  'settings in %s are refused',
  async (_, name, settings, text) => {
    const { directory, osls, remove } = copyProject();
    if (settings !== undefined) writeFileSync(join(directory, name), JSON.stringify(settings));
    await expect(osls(['package'], { WAXSEAL_STACK_PARAMETERS: name }).finally(remove)).rejects.toThrow(text);
  },
  120_000,
);
