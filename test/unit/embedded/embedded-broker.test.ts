import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedBroker, startEmbeddedBroker } from '../../../lib/embedded/embedded-broker.ts';
import { generateXkey } from '../../../lib/xkey/keys.ts';
import { createTestIssuer, TEST_AUDIENCE } from '../../kit/test-issuer.ts';

let folder: string;
let brokers: EmbeddedBroker[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waxseal-'));
  brokers = [];
});
afterEach(async () => {
  for (const broker of brokers) await broker.close();
  await rm(folder, { recursive: true });
});

async function start(data: string, files: { file?: string; secrets?: string } = {}): Promise<EmbeddedBroker> {
  const broker = await startEmbeddedBroker({ port: 0, data: join(folder, data), ...files, onRequest: () => {} });
  brokers.push(broker);
  return broker;
}

describe('an embedded broker', () => {
  it('has its data folder to itself until it ends', async () => {
    const first = await start('one');
    await expect(start('one')).rejects.toMatchObject({
      code: 'conflict',
      message: 'Another broker is using this data folder.',
      setting: 'data',
      path: join(folder, 'one'),
    });
    await start('two');
    await first.close();
    brokers.shift();
    await start('one');
  });

  it('says so if its folder cannot be created', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(start('file')).rejects.toMatchObject({
      code: 'invalid_request',
      message: 'The data folder cannot be created.',
      setting: 'data',
      path: join(folder, 'file'),
    });
  });

  it('uses a corrected catalog at once, even for a request that it has just refused', async () => {
    const issuer = await createTestIssuer();
    const file = join(folder, 'catalog.yaml');
    const secrets = join(folder, 'values.json');
    const write = (audience: string, store: string) =>
      writeFile(
        file,
        JSON.stringify({
          issuers: [{ issuer: issuer.issuer, audience, jwks: issuer.jwks, algorithms: ['ES256'] }],
          stores: [{ name: store, kind: 'embedded', default: true }],
          mappings: [{ secret: 'a', issuer: issuer.issuer, subject: '**' }],
        }),
      );
    await write('https://wrong.example.com', 'old');
    await writeFile(secrets, '{"a":"value"}');
    const broker = await start('one', { file, secrets });
    const now = Math.floor(Date.now() / 1000);
    const token = await issuer.token({ iat: now, exp: now + 600 });
    const get = async () => {
      const reply = await fetch(`${broker.url}/v1/get`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ recipient: generateXkey().text, secret: 'a' }),
      });
      return reply.status;
    };
    expect(await get()).toBe(401);
    await write(TEST_AUDIENCE, 'old');
    await broker.reload();
    expect(await get()).toBe(200);
    await write(TEST_AUDIENCE, 'new');
    await expect(broker.reload()).rejects.toMatchObject({
      message: 'The catalog file conflicts with what is in the data folder.',
      setting: 'file',
      path: file,
      faults: [expect.stringContaining('The secret a was uploaded to old')],
    });
    expect(await get()).toBe(200);
  });
});
