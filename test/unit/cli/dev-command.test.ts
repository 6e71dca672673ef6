import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../lib/cli/program.ts';
import { devIssuer } from '../../../lib/embedded/dev-issuer.ts';
import { startEmbeddedBroker } from '../../../lib/embedded/embedded-broker.ts';
import { recordedTerminal } from '../../kit/recorded-terminal.ts';

let data: string;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'waxseal-'));
  await devIssuer(join(data, 'dev-issuer.json'));
  await writeFile(join(data, 'faulty.json'), '{ "payments/stripe": 5 }');
});
afterAll(() => rm(data, { recursive: true }));

async function run(...args: string[]) {
  const terminal = recordedTerminal();
  const exit = await runCli(['dev', ...args, '--data', data], terminal);
  return { exit, terminal };
}

describe('waxseal dev', () => {
  it.each([
    ['a port out of range', ['--port', '65536'], 'Expected a port number from 0 to 65535.'],
    ['a word for a port', ['--port', 'x'], 'Expected a whole number.'],
    ['a missing catalog', ['--file', 'none.yaml'], 'The catalog file cannot be read.'],
    ['missing values', ['--secrets', 'none.json'], 'The values file cannot be read.'],
  ])('does not start with %s', async (_, args, text) => {
    const { exit, terminal } = await run('--port', '0', ...args);
    expect([exit, terminal.stderr]).toEqual([2, expect.stringContaining(text)]);
  });

  it.each([
    ['port', 'Another program is using the port.', 'hint: Choose another with --port, or --port 0 for a free one.\n'],
    [
      'data folder',
      'Another broker is using this data folder.',
      'hint: Stop it, or choose another folder with --data.\n',
    ],
  ])('says what to do if its %s is taken', async (what, message, hint) => {
    const other = await mkdtemp(join(tmpdir(), 'waxseal-'));
    const broker = await startEmbeddedBroker({ port: 0, data: what === 'port' ? other : data, onRequest: () => {} });
    try {
      const { exit, terminal } = await run('--port', what === 'port' ? new URL(broker.url).port : '0');
      expect([exit, terminal.stderr]).toEqual([1, expect.stringContaining(`${message} (conflict)\n${hint}`)]);
    } finally {
      await broker.close();
      await rm(other, { recursive: true });
    }
  });

  it('names a value that the catalog file registers too', async () => {
    const [file, secrets] = [join(data, 'both.yaml'), join(data, 'both.json')];
    await writeFile(
      file,
      'stores: [{ name: local, kind: embedded }]\nsecrets: [{ secret: a/b, store: local, ref: x }]',
    );
    await writeFile(secrets, '{ "a/b": "value" }');
    const { exit, terminal } = await run('--port', '0', '--file', file, '--secrets', secrets);
    expect([exit, terminal.stdout]).toEqual([1, `${secrets}, at "a/b":\n`]);
    expect(terminal.stderr).toContain('Remove it from one of them. (conflict at /a~1b)\n');
  });

  it('names the value at fault', async () => {
    const { exit, terminal } = await run('--port', '0', '--secrets', join(data, 'faulty.json'));
    expect([exit, terminal.stdout]).toEqual([2, expect.stringContaining('faulty.json, at "payments/stripe":')]);
  });
});

describe('waxseal dev token', () => {
  it('refuses a lifetime of zero', async () => {
    const { exit, terminal } = await run('token', '--ttl', '0');
    expect([exit, terminal.stderr]).toEqual([2, expect.stringContaining('Expected at least one second.')]);
  });

  it('puts strings and JSON into claims', async () => {
    const { terminal } = await run('token', '--sub', 'a', '--claim', 'b=c=d', '--claim', 'e:={"f":["g"]}');
    expect(decodeJwt(terminal.stdout.trim())).toMatchObject({ sub: 'a', b: 'c=d', e: { f: ['g'] } });
  });

  it.each([
    ['a claim without a value', 'b', 'Expected key=text or key:=JSON.'],
    ['a claim without a name', ':=1', 'Expected key=text or key:=JSON.'],
    ['invalid JSON', 'b:=c', 'Expected JSON after :=.'],
    ['a claim of the issuer’s own', 'exp:=1', 'The issuer sets this claim itself; see --sub and --ttl.'],
  ])('refuses %s', async (_, claim, text) => {
    const { exit, terminal } = await run('token', '--claim', claim);
    expect([exit, terminal.stderr]).toEqual([2, expect.stringContaining(text)]);
  });
});
