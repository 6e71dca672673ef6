import { afterEach, describe, expect, it } from 'vitest';
import { startBroker, type TestBroker, type TestBrokerOptions } from '../kit/broker.ts';
import { expectRefusal } from '../kit/refusals.ts';
import { createTestIssuer, createTestSigner, TEST_AUDIENCE, type TestIssuer } from '../kit/test-issuer.ts';

let broker: TestBroker;
let issuer: TestIssuer;
afterEach(() => broker.close());

const UNTRUSTED = { code: 'invalid_token', text: 'The token is not signed by a trusted issuer.' } as const;
const A = { secret: 'a' };

async function start(options: TestBrokerOptions = {}): Promise<void> {
  issuer = await createTestIssuer();
  broker = await startBroker({ issuer, mappings: [A], values: { a: 'the value' }, ...options });
}

/** The catalog with these issuers, written as in the file. */
function catalog(issuers: readonly object[], mappings: readonly object[] = [A]): Record<string, unknown> {
  return {
    issuers,
    stores: [{ name: 'local', kind: 'embedded', default: true }],
    mappings: mappings.map((mapping) => ({ issuer: issuer.issuer, subject: 'repo:acme/api', ...mapping })),
  };
}
const entry = (changes: object = {}) => ({
  issuer: issuer.issuer,
  audience: TEST_AUDIENCE,
  algorithms: [issuer.algorithm],
  jwks: issuer.jwks,
  ...changes,
});

const get = async (token?: string) => broker.plain('get', A, token === undefined ? {} : { token });

/** Two gets, so that lists, token and keys are remembered. */
async function warm(): Promise<string> {
  const token = await issuer.token();
  for (let i = 0; i < 2; i++) expect((await get(token)).envelope).toMatchObject({ string: 'the value' });
  return token;
}

describe('I2: at the very next request', () => {
  it('a removed mapping allows nothing', async () => {
    await start();
    const token = await warm();
    await broker.map([]);
    expectRefusal(await get(token), { code: 'access_denied' });
    const { envelope } = await broker.plain('batch-get', { secrets: [A] }, { token });
    expect(envelope).toMatchObject({ secrets: [{ error: { code: 'access_denied' } }] });
    expect((await broker.plain('list', {}, { token })).envelope).toMatchObject({ secrets: [] });
    await broker.map([A]);
    expect((await get(token)).status).toBe(200);
  });

  it('an added deny wins', async () => {
    await start();
    const token = await warm();
    await broker.map([A, { ...A, effect: 'deny' }]);
    expectRefusal(await get(token), { code: 'access_denied' });
  });

  it('a suspended issuer’s tokens are refused, and accepted again once it is active', async () => {
    await start();
    const token = await warm();
    await broker.applyCatalog(catalog([entry({ state: 'suspended' })]));
    expectRefusal(await get(token), UNTRUSTED);
    expectRefusal(await broker.plain('list', {}, { token }), UNTRUSTED);
    await broker.applyCatalog(catalog([entry()]));
    broker.clock.now += 30_000; // the list of issuers is at most 30 s old
    expect((await get(token)).status).toBe(200);
  });

  it('a removed issuer is unknown', async () => {
    await start();
    const token = await warm();
    const other = await createTestIssuer({ issuer: 'https://other.example.com' });
    await broker.applyCatalog({
      ...catalog([{ ...entry(), issuer: other.issuer, jwks: other.jwks }], []),
    });
    expectRefusal(await get(token), UNTRUSTED);
  });

  it.each([
    ['audience', { audience: 'https://new.example.com' }, 'The token is for another audience.'],
    ['maximum age', { max_token_age: '1s' }, 'The token is older than its issuer’s max_token_age allows.'],
    [
      'maximum lifetime',
      { max_lifetime: '10m' },
      'The token is valid for longer than its issuer’s max_lifetime allows.',
    ],
  ])('a changed issuer counts: %s', async (_, changes, text) => {
    await start();
    const token = await warm();
    broker.clock.now += 2000;
    await broker.applyCatalog(catalog([entry(changes)]));
    expectRefusal(await get(token), { code: 'invalid_token', text });
  });

  it('a changed demand and a changed jti rule apply', async () => {
    await start();
    const token = await warm();
    await broker.applyCatalog(catalog([entry({ require: ['sealed'] })]));
    expect((await get(token)).body).toMatchObject({ code: 'access_denied' });
    await broker.applyCatalog(catalog([entry({ jti: 'once' })]));
    expect((await get(token)).status).toBe(200);
    expect((await get(token)).body).toMatchObject({ code: 'replayed' });
  });

  it('a key removed from the issuer’s set verifies nothing', async () => {
    await start();
    const token = await warm();
    const fresh = await createTestSigner(issuer.algorithm, 'fresh-key');
    await broker.applyCatalog(catalog([entry({ jwks: { keys: [fresh.jwk] } })]));
    expectRefusal(await get(token), UNTRUSTED);
    expectRefusal(await get(await issuer.token({}, { kid: 'fresh-key' })), UNTRUSTED);
  });

  it('a key replaced under the same id no longer verifies what the old one signed', async () => {
    await start();
    const token = await warm();
    const other = await createTestSigner(issuer.algorithm, issuer.kid);
    await broker.applyCatalog(catalog([entry({ jwks: { keys: [other.jwk] } })]));
    expectRefusal(await get(token), UNTRUSTED);
  });
});

describe('time', () => {
  it('a mapping applies from its first second to the one before its end', async () => {
    await start({
      mappings: [{ ...A, not_before: '2026-11-22T02:00:10Z', expires_at: '2026-11-22T02:00:20Z' }],
    });
    const token = await issuer.token();
    const started = broker.clock.now;
    for (const [second, status] of [
      [0, 403],
      [9.999, 403],
      [10, 200],
      [19.999, 200],
      [20, 403],
    ] as const) {
      broker.clock.now = started + second * 1000;
      expect([second, (await get(token)).status]).toEqual([second, status]);
    }
  });

  it('a remembered token ends at its exp plus 30 seconds of clock skew', async () => {
    await start();
    const token = await warm();
    broker.clock.now += (3600 + 29) * 1000 + 999;
    expect((await get(token)).status).toBe(200);
    broker.clock.now += 1;
    expectRefusal(await get(token), { code: 'invalid_token', text: 'The token has expired.' });
  });
});

it('a changed token is not mistaken for one that is remembered', async () => {
  await start();
  const token = await warm();
  for (const other of [`${token}A`, token.slice(0, -1), ` ${token}`.trim().toUpperCase(), `${token}=`])
    expect((await get(other)).status).toBe(401);
});
