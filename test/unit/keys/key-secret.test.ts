import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, expect, test } from 'vitest';
import { keySecret } from '../../../lib/aws/key-secret.ts';

const ARN = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:keys-AbCdEf';
let server: Server;
afterEach(() => server.close());

/** The key secret at a Secrets Manager that always gives the same answer, and the calls it received. */
async function answering(status: number, body: object | string) {
  const asked: Record<string, unknown>[] = [];
  server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    asked.push({ target: request.headers['x-amz-target'], ...JSON.parse(text) });
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const client = new SecretsManagerClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  return { secret: keySecret({ client, arn: ARN }), asked };
}
const signal = () => AbortSignal.timeout(5000);

test('reads the secret’s content', async () => {
  const { secret, asked } = await answering(200, { ARN, SecretString: '{"current":{}}' });
  expect(await secret.read(signal())).toBe('{"current":{}}');
  expect(asked).toEqual([{ target: 'secretsmanager.GetSecretValue', SecretId: ARN }]);
});

test('a secret without a value is not a failure', async () => {
  const { secret } = await answering(400, { __type: 'ResourceNotFoundException', message: 'no value' });
  expect(await secret.read(signal())).toBeUndefined();
});

test('writes under the given token', async () => {
  const { secret, asked } = await answering(200, { ARN });
  expect(await secret.write('text', 'a'.repeat(64), signal())).toBe(true);
  expect(asked).toEqual([
    {
      target: 'secretsmanager.PutSecretValue',
      SecretId: ARN,
      SecretString: 'text',
      ClientRequestToken: 'a'.repeat(64),
    },
  ]);
});

test('a token that was used for other content writes nothing', async () => {
  const { secret } = await answering(400, { __type: 'ResourceExistsException', message: 'used' });
  expect(await secret.write('text', 'a'.repeat(64), signal())).toBe(false);
});

test.each(['read', 'write'] as const)('a failed %s is reported, and keeps nothing of the answer', async (method) => {
  const { secret } = await answering(500, '{"SecretString":"CANARY"');
  const failed = method === 'read' ? secret.read(signal()) : secret.write('CANARY', 'a'.repeat(64), signal());
  const error = await failed.catch((refusal) => refusal);
  expect(error).toMatchObject({ code: 'store_unavailable', message: "The broker's key secret cannot be reached." });
  expect(JSON.stringify([error, Object.getOwnPropertyDescriptors(error.cause)])).not.toContain('CANARY');
});
