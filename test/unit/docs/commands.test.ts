import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type EmbeddedBroker, startEmbeddedBroker } from '../../../lib/embedded/embedded-broker.ts';
import { startScriptedAws } from '../../kit/scripted-aws.ts';
import { fences, ROOT, readPage } from './page.ts';
import { documentedShell } from './shell.ts';

const home = process.cwd();
let folder: string;
let aws: Awaited<ReturnType<typeof startScriptedAws>>;
let broker: EmbeddedBroker | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waxseal-docs-'));
  await copyFile(join(ROOT, 'catalog.example.yaml'), join(folder, 'catalog.example.yaml'));
  process.chdir(folder);
  aws = await startScriptedAws(({ operation }) => ({ body: operation === 'Scan' ? { Items: [] } : {} }));
  vi.stubEnv('AWS_ENDPOINT_URL', aws.endpoint);
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  process.chdir(home);
  await broker?.close();
  await aws.close();
  await rm(folder, { recursive: true });
});

/** Starts the broker of a documented `waxseal dev`, on a free port, and exports what it would print. */
async function dev(words: readonly string[], env: Record<string, string>): Promise<string> {
  const value = (flag: string) => words[words.indexOf(flag) + 1]!;
  broker = await startEmbeddedBroker({
    port: 0,
    data: value('--data'),
    file: value('--file'),
    secrets: value('--secrets'),
    devIssuer: words.includes('--dev-issuer'),
    onRequest: () => {},
  });
  Object.assign(env, {
    WAXSEAL_URL: broker.url,
    WAXSEAL_BROKER_KEY: broker.brokerKey,
  });
  return '';
}

it('the commands of docs/operators.md work in order, and print what the page says', { timeout: 30_000 }, async () => {
  const shell = documentedShell(async (words) => {
    if (words[0] === 'aws') return ''; // AWS's own command
    return words[0] === 'waxseal' && words[1] === 'dev' && words[2] !== 'token' ? dev(words, shell.env) : undefined;
  });
  let written = '';
  let compared = 0;
  for (const { info, text } of fences(readPage('docs/operators.md'))) {
    if (info === 'sh') {
      written = '';
      for (const line of text
        .replaceAll(/ *\\\n */g, ' ')
        .trim()
        .split('\n'))
        written += await shell.run(line);
    } else if (info === 'text') {
      expect(written).toBe(text);
      compared++;
    } else if (info !== 'text insights') await writeFile(join(folder, info.split(' ')[1]!), text);
  }
  expect(compared).toBe(5);
  expect(new Set(aws.operations())).toEqual(new Set(['Scan', 'TransactWriteItems']));
});
