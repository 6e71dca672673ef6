import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  kubernetesTokenRequest,
  type TokenRequestOptions,
} from '../../../lib/client/tokens/kubernetes-token-request.ts';
import { selfSigned } from '../../kit/self-signed.ts';
import { unsignedToken } from '../../kit/unsigned-token.ts';

const WANTED = { audience: 'https://secrets.example.com', xkey: 'XKEY', signal: new AbortController().signal };
const OWN = unsignedToken({
  sub: 'system:serviceaccount:shop:api',
  'kubernetes.io': { pod: { name: 'api-0', uid: 'u-1' } },
});
const MADE = unsignedToken({ aud: 'made' });

interface Asked {
  readonly path: string | undefined;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

let server: Server;
let folder: string;
let env: Record<string, string>;
let asked: Asked[];
let reply: { status: number; body: string };

beforeAll(async () => {
  const identity = selfSigned();
  folder = await mkdtemp(join(tmpdir(), 'waxseal-'));
  await Promise.all([writeFile(join(folder, 'token'), OWN), writeFile(join(folder, 'ca.crt'), identity.cert)]);
  server = createServer(identity, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
    asked.push({ path: request.url, authorization: request.headers.authorization, body });
    response.writeHead(reply.status).end(reply.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  env = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(port) };
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

function ask(answer: { status: number; body: string }, options: TokenRequestOptions = {}): Promise<string> {
  asked = [];
  reply = answer;
  return kubernetesTokenRequest({ env, directory: folder, ...options })(WANTED);
}

const made = { status: 201, body: JSON.stringify({ kind: 'TokenRequest', status: { token: MADE } }) };
const refusal = (code: string, text: string) =>
  expect.objectContaining({ name: 'WaxsealError', code, message: expect.stringContaining(text) });

describe('kubernetesTokenRequest', () => {
  it('asks the API server for a token of its own account and pod that is bound to the xkey', async () => {
    expect(await ask(made)).toBe(MADE);
    expect(asked).toEqual([
      {
        path: '/api/v1/namespaces/shop/serviceaccounts/api/token',
        authorization: `Bearer ${OWN}`,
        body: {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenRequest',
          spec: {
            audiences: ['https://secrets.example.com#XKEY'],
            expirationSeconds: 600,
            boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'api-0', uid: 'u-1' },
          },
        },
      },
    ]);
  });

  it('asks for the bare audience and another lifetime if asked to', async () => {
    await ask(made, { bind: false, expirationSeconds: 3600 });
    expect(asked[0]!.body).toMatchObject({
      spec: { audiences: ['https://secrets.example.com'], expirationSeconds: 3600 },
    });
  });

  it.each([
    ['refuses', { status: 403, body: '{}' }, 'invalid_token', '"create" on serviceaccounts/token'],
    ['is down', { status: 500, body: '' }, 'store_unavailable', 'at the moment'],
    ['answers something else', { status: 201, body: '{}' }, 'invalid_token', 'returned no token'],
    ['answers too much', { status: 201, body: 'x'.repeat(70_000) }, 'store_unavailable', 'cannot be reached'],
  ])('the API server %s', async (_name, answer, code, text) => {
    await expect(ask(answer)).rejects.toEqual(refusal(code, text));
  });

  it('trusts no other certificate', async () => {
    const other = await mkdtemp(join(tmpdir(), 'waxseal-'));
    await Promise.all([writeFile(join(other, 'token'), OWN), writeFile(join(other, 'ca.crt'), selfSigned().cert)]);
    await expect(ask(made, { directory: other })).rejects.toEqual(refusal('store_unavailable', 'cannot be reached'));
    expect(asked).toEqual([]);
    await rm(other, { recursive: true });
  });

  it('says what is missing outside a pod', async () => {
    await expect(ask(made, { env: {} })).rejects.toEqual(refusal('invalid_token', 'This is not a Kubernetes pod'));
    await expect(ask(made, { directory: '/nowhere' })).rejects.toEqual(refusal('invalid_token', "pod's own token"));
  });

  it('refuses an own token that does not name a service account', async () => {
    const other = await mkdtemp(join(tmpdir(), 'waxseal-'));
    const odd = unsignedToken({ sub: 'system:serviceaccount:../x:y/z' });
    await Promise.all([writeFile(join(other, 'token'), odd), writeFile(join(other, 'ca.crt'), selfSigned().cert)]);
    await expect(ask(made, { directory: other })).rejects.toEqual(
      refusal('invalid_token', 'does not name a service account'),
    );
    await rm(other, { recursive: true });
  });
});
