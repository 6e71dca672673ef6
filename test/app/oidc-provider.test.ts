import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Provider } from 'oidc-provider';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createJsonFetcher } from '../../lib/token/keys/fetch-json.ts';
import { generateXkey } from '../../lib/xkey/keys.ts';
import { BROKER_URL, startBroker, type TestBroker } from '../kit/broker.ts';
import { selfSigned } from '../kit/self-signed.ts';
import { createProof, createTestSigner, TEST_AUDIENCE, TEST_NOW, type TestSigner } from '../kit/test-issuer.ts';

/** A real OpenID provider on this machine, found by discovery, whose clients get JWTs for the broker. */
interface RealProvider {
  readonly issuer: string;
  readonly paths: string[];
  /** A token for a client, by client credentials; bound to the signer's key if there is a signer. */
  token(client: string, audience?: string, by?: TestSigner): Promise<string>;
}

const CLIENTS = ['payments-api', 'billing-api'];
const SECRET = 'only-for-this-test-only-for-this-test';
const TLS = selfSigned();
const servers: Server[] = [];
let broker: TestBroker;

// The provider speaks TLS, as the broker requires; this process trusts its certificate while the tests run.
const usual = getCACertificates();
beforeAll(() => setDefaultCACertificates([...usual, TLS.cert]));
afterAll(() => setDefaultCACertificates(usual));

beforeEach(() => {
  // It warns on the console that it keeps everything in memory.
  for (const method of ['info', 'warn'] as const) vi.spyOn(console, method).mockReturnValue();
  vi.useFakeTimers({ toFake: ['Date'], now: TEST_NOW * 1000 }); // one frozen clock for provider and broker
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  broker.close();
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function startProvider(algorithm: 'ES256' | 'RS256'): Promise<RealProvider> {
  const signer = await createTestSigner(algorithm, `key-${algorithm}`);
  const { ext: _ext, key_ops: _operations, ...bare } = await crypto.subtle.exportKey('jwk', signer.privateKey);
  const key = { ...bare, kid: signer.kid, alg: algorithm, use: 'sig' };
  const paths: string[] = [];
  const listener = { current: ((_request, response) => response.writeHead(503).end()) as RequestListener };
  const server = createServer(TLS, (request, response) => {
    paths.push(request.url ?? '');
    listener.current(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    jwks: { keys: [key] },
    clients: CLIENTS.map((client) => ({
      client_id: client,
      client_secret: SECRET,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      id_token_signed_response_alg: algorithm,
    })),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      dPoP: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, resource) => ({
          scope: 'secrets',
          audience: resource,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 600,
          jwt: { sign: { alg: algorithm } },
        }),
      },
    },
  });
  listener.current = provider.callback();

  return {
    issuer,
    paths,
    async token(client, audience = TEST_AUDIENCE, by) {
      const url = `${issuer}/token`;
      const claims = { htm: 'POST', htu: url, jti: 'to-the-provider', iat: TEST_NOW };
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`${client}:${SECRET}`).toString('base64')}`,
          ...(by === undefined ? {} : { dpop: await proofForProvider(by, claims) }),
        },
        body: new URLSearchParams({ grant_type: 'client_credentials', resource: audience, scope: 'secrets' }),
      });
      const answer = (await response.json()) as { access_token?: string; error_description?: string };
      if (answer.access_token === undefined) throw new Error(answer.error_description ?? 'no token');
      return answer.access_token;
    },
  };
}

function proofForProvider(by: TestSigner, claims: Readonly<Record<string, unknown>>): Promise<string> {
  const { kty, crv, x, y } = by.jwk;
  return by.sign({ typ: 'dpop+jwt', alg: by.algorithm, jwk: { kty, crv, x, y } }, claims);
}

/** A broker that trusts these providers by discovery, each for its own secret. */
async function brokerFor(providers: readonly RealProvider[], entry: Readonly<Record<string, unknown>> = {}) {
  broker = await startBroker({
    issuers: providers.map(({ issuer }) => ({
      issuer,
      audience: TEST_AUDIENCE,
      algorithms: ['ES256', 'RS256'],
      max_token_age: '10m',
      ...entry,
    })),
    mappings: providers.map(({ issuer }, n) => ({ secret: `team-${n}/db`, issuer, subject: 'payments-api' })),
    values: Object.fromEntries(providers.map((_one, n) => [`team-${n}/db`, `value-${n}`])),
    foundation: { fetchJson: createJsonFetcher({ allowLoopback: true }) },
  });
}

describe('tokens of a real OpenID provider', () => {
  it('of two providers, found by discovery, each get their own secret and not the other’s', async () => {
    const providers = [await startProvider('ES256'), await startProvider('RS256')];
    await brokerFor(providers);
    for (const [n, provider] of providers.entries()) {
      const token = await provider.token('payments-api');
      const reply = await broker.sealed('get', { secret: `team-${n}/db` }, { token });
      expect(reply.envelope).toMatchObject({ string: `value-${n}` });
      const other = await broker.sealed('get', { secret: `team-${1 - n}/db` }, { token });
      expect(other.status).toBe(403);
      expect(other.envelope).toMatchObject({ error: { code: 'access_denied', message: 'No mapping allows this.' } });
    }
    for (const { paths } of providers) {
      const asked = paths.filter((path) => path !== '/token');
      expect(asked).toEqual(['/.well-known/openid-configuration', '/jwks']);
    }
  });

  it('of a client without a mapping are denied, and those for another audience are not valid here', async () => {
    const provider = await startProvider('ES256');
    await brokerFor([provider]);
    const denied = await broker.sealed('get', { secret: 'team-0/db' }, { token: await provider.token('billing-api') });
    expect(denied.envelope).toMatchObject({ error: { code: 'access_denied', message: 'No mapping allows this.' } });
    const token = await provider.token('payments-api', 'https://elsewhere.example.com');
    const reply = await broker.sealed('get', { secret: 'team-0/db' }, { token });
    expect(reply.status).toBe(401);
    expect(reply.envelope).toMatchObject({
      error: { code: 'invalid_token', message: 'The token is for another audience.' },
    });
  });

  it('that cannot be bound by audience do not meet a demand for that', async () => {
    const provider = await startProvider('ES256');
    await brokerFor([provider], { require: ['audience-bound'] });
    const recipient = generateXkey();
    // A resource indicator has no fragment (RFC 8707 section 2).
    await expect(provider.token('payments-api', `${TEST_AUDIENCE}#${recipient.text}`)).rejects.toThrow('fragment');
    const token = await provider.token('payments-api');
    const reply = await broker.sealed('get', { secret: 'team-0/db' }, { token, recipient });
    const message = 'The request is not bound to its recipient in every required way.';
    expect(reply.envelope).toMatchObject({ error: { code: 'access_denied', message } });
  });

  it('bound to a key by DPoP work for their holder, plain and sealed, and not for a thief', async () => {
    const provider = await startProvider('ES256');
    await brokerFor([provider], { require: ['cnf', 'proof'] });
    const [holder, thief] = [await createTestSigner('ES256'), await createTestSigner('ES256')];
    const token = await provider.token('payments-api', TEST_AUDIENCE, holder);
    const url = `${BROKER_URL}/v1/get`;
    const question = { secret: 'team-0/db' };

    const recipient = generateXkey();
    const inside = { proof: await createProof(holder, { token, xkey: recipient.text, url }) };
    const sealed = await broker.sealed('get', question, { token, recipient, inside });
    expect(sealed.envelope).toMatchObject({ string: 'value-0' });

    const body = JSON.stringify({ recipient: recipient.text, ...question });
    const dpop = await createProof(holder, { token, xkey: recipient.text, url, body });
    const plain = await broker.plain('get', question, { token, recipient, headers: { dpop } });
    expect(plain.envelope).toMatchObject({ string: 'value-0' });

    const foreign = generateXkey();
    const stolen = { token, recipient: foreign };
    const own = await createProof(thief, { token, xkey: foreign.text, url });
    for (const members of [{}, { proof: own }]) {
      const reply = await broker.sealed('get', question, { ...stolen, inside: members });
      expect(reply.envelope).toMatchObject({
        error: { code: 'invalid_token', message: 'The token is bound to another key.' },
      });
    }
    const replayed = await broker.sealed('get', question, { ...stolen, inside });
    expect(replayed.envelope).toMatchObject({
      error: { code: 'invalid_token', message: 'The proof is for another request.' },
    });
  });
});
