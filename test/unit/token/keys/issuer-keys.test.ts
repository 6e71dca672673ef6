import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { TrustedIssuer } from '../../../../lib/entries/issuer.ts';
import { createJsonFetcher, type FetchJson } from '../../../../lib/token/keys/fetch-json.ts';
import { createIssuerKeys } from '../../../../lib/token/keys/issuer-keys.ts';
import { WaxsealError } from '../../../../lib/wire/errors.ts';
import type { Json } from '../../../../lib/wire/strict-json.ts';
import { createTestIssuer, createTestSigner, type TestIssuer, type TestSigner } from '../../../kit/test-issuer.ts';
import { expectRefusal, signal, TestClock, UNTRUSTED, verifierFor } from '../verifying.ts';
import { json, startWebServer } from './web-server.ts';

const URI = 'https://issuer.example.com/keys';
const DOWN = 'The keys of the token’s issuer cannot be fetched right now.';
let issuer: TestIssuer;
let other: TestSigner;
beforeAll(async () => {
  issuer = await createTestIssuer({ kid: 'first' });
  other = await createTestSigner('ES256', 'second');
});

/** Issuer keys whose endpoint is a function: a test can change it, and count the fetches. */
function setUp(keys: Partial<TrustedIssuer> = { jwksUri: URI }) {
  const clock = new TestClock();
  const endpoint = vi.fn<FetchJson>(async () => issuer.jwks as unknown as Json);
  const issuerKeys = createIssuerKeys({ now: clock.ms, fetchJson: endpoint });
  const entry = issuer.entry(keys);
  const find = (kid: string | undefined, within = signal) => issuerKeys.find(entry, 'ES256', kid, within);
  const breakDown = () => endpoint.mockRejectedValue(new WaxsealError('store_unavailable', 'The host is down.'));
  const publish = (...signers: TestSigner[]) =>
    endpoint.mockResolvedValue({ keys: signers.map((signer) => signer.jwk) } as unknown as Json);
  return { clock, endpoint, issuerKeys, find, breakDown, publish, entry };
}

describe('a set behind a URL', () => {
  test('is fetched once for any number of simultaneous requests', async () => {
    const { endpoint, find } = setUp();
    const found = await Promise.all(Array.from({ length: 100 }, () => find('first')));
    expect(new Set(found.map((key) => key?.key)).size).toBe(1);
    expect(endpoint.mock.calls).toEqual([[URI]]);
  });

  test('is fetched again when it is 10 minutes old, so a withdrawn key is gone', async () => {
    const { clock, endpoint, find, publish } = setUp();
    await find('first');
    publish(other);
    clock.seconds += 599;
    expect(await find('first')).toBeDefined();
    expect(endpoint).toHaveBeenCalledTimes(1);
    clock.seconds += 1;
    expect(await find('first')).toBeUndefined();
    expect(await find('second')).toBeDefined();
    expect(endpoint).toHaveBeenCalledTimes(2);
  });

  test('is fetched again for an unknown kid, but not within 30 s of the last fetch', async () => {
    const { clock, endpoint, find, publish } = setUp();
    await find('first');
    publish(issuer, other);
    clock.seconds += 29;
    expect(await find('second')).toBeUndefined();
    expect(endpoint).toHaveBeenCalledTimes(1);
    clock.seconds += 1;
    expect(await find('second')).toBeDefined();
    expect(endpoint).toHaveBeenCalledTimes(2);
  });

  test('is fetched at most once for 500 unknown kids', async () => {
    const { clock, endpoint, find } = setUp();
    await Promise.all(Array.from({ length: 500 }, (_, n) => find(`unknown-${n}`)));
    expect(endpoint).toHaveBeenCalledTimes(1);
    clock.seconds += 30;
    for (let n = 0; n < 500; n++) expect(await find(`unknown-${n}`)).toBeUndefined();
    expect(endpoint).toHaveBeenCalledTimes(2);
  });

  test('is requested at most once in 30 s while its endpoint is down, and the token is not refused', async () => {
    const { clock, endpoint, find, breakDown, publish } = setUp();
    breakDown();
    for (let n = 0; n < 50; n++) {
      await expect(find('first')).rejects.toMatchObject({ code: 'store_unavailable', message: DOWN, retryAfter: 30 });
    }
    clock.seconds += 29;
    await expect(find('first')).rejects.toMatchObject({ code: 'store_unavailable', retryAfter: 1 });
    expect(endpoint).toHaveBeenCalledTimes(1);
    clock.seconds += 1;
    publish(issuer);
    expect(await find('first')).toBeDefined();
    expect(endpoint).toHaveBeenCalledTimes(2);
  });

  test('is used for an hour while its endpoint is down, and not a second longer', async () => {
    const { clock, endpoint, find, breakDown, publish } = setUp();
    await find('first');
    breakDown();
    clock.seconds += 600;
    for (let second = 600; second < 3600; second += 15) {
      expect(await find('first')).toBeDefined();
      clock.seconds += 15;
    }
    expect(endpoint).toHaveBeenCalledTimes(1 + 100);
    await expectRefusal(find('first'), 'store_unavailable', DOWN);
    clock.seconds += 30;
    publish(issuer);
    expect(await find('first')).toBeDefined();
  });

  test('cannot say that a kid is unknown while its endpoint is down', async () => {
    const { clock, endpoint, find, breakDown } = setUp();
    await find('first');
    breakDown();
    clock.seconds += 30;
    for (let n = 0; n < 50; n++) await expectRefusal(find('second'), 'store_unavailable', DOWN);
    expect(await find('first')).toBeDefined();
    expect(endpoint).toHaveBeenCalledTimes(2);
  });

  test.each<[string, Json]>([
    ['an array', []],
    ['null', null],
    ['no keys', {}],
    ['keys that are an object', { keys: {} }],
    ['an error', { error: 'try later' }],
  ])('counts as down if the document is %s', async (_what, document) => {
    const { endpoint, find } = setUp();
    endpoint.mockResolvedValue(document);
    for (let n = 0; n < 3; n++) await expectRefusal(find('first'), 'store_unavailable', DOWN);
    expect(endpoint).toHaveBeenCalledTimes(1);
  });

  test('lets no request wait longer than its budget, and continues for the others', async () => {
    const { endpoint, find } = setUp();
    const slow = Promise.withResolvers<Json>();
    endpoint.mockReturnValue(slow.promise);
    const impatient = new AbortController();
    const [gone, patient] = [find('first', impatient.signal), find('first')];
    impatient.abort();
    await expectRefusal(gone, 'store_unavailable', 'The request ran out of time.');
    await expectRefusal(find('first', AbortSignal.abort()), 'store_unavailable', 'The request ran out of time.');
    slow.resolve(issuer.jwks as unknown as Json);
    expect(await patient).toBeDefined();
    expect(endpoint).toHaveBeenCalledTimes(1);
  });
});

describe('discovery', () => {
  const NAME = 'https://issuer.example.com';
  const answers = (endpoint: ReturnType<typeof setUp>['endpoint'], document: Json) =>
    endpoint.mockImplementation(async (url) => (url === URI ? (issuer.jwks as unknown as Json) : document));

  test('reads the issuer’s own document, then its keys', async () => {
    const { endpoint, find } = setUp({ discovery: true });
    answers(endpoint, { issuer: NAME, jwks_uri: URI });
    expect(await find('first')).toBeDefined();
    expect(endpoint.mock.calls).toEqual([[`${NAME}/.well-known/openid-configuration`], [URI]]);
  });

  test.each([`${NAME}/keys?appid=1`, `${NAME}/jwk/robot@p.example.com`])('follows jwks_uri %s', async (uri) => {
    const { endpoint, find } = setUp({ discovery: true });
    endpoint.mockImplementation(async (url) =>
      url === uri ? (issuer.jwks as unknown as Json) : { issuer: NAME, jwks_uri: uri },
    );
    expect(await find('first')).toBeDefined();
  });

  test.each<[string, Json]>([
    ['of another issuer', { issuer: 'https://evil.example.com', jwks_uri: URI }],
    ['of the issuer with a slash', { issuer: `${NAME}/`, jwks_uri: URI }],
    ['without issuer', { jwks_uri: URI }],
    ['without jwks_uri', { issuer: NAME }],
    ['with a list of URIs', { issuer: NAME, jwks_uri: [URI] }],
    ['that is an array', []],
  ])('refuses a document %s', async (_what, document) => {
    const { endpoint, find } = setUp({ discovery: true });
    answers(endpoint, document);
    await expectRefusal(find('first'), 'store_unavailable', DOWN);
    expect(endpoint).toHaveBeenCalledTimes(1);
  });

  test('is done separately for issuers that differ in a final slash: the document is right for one of them', async () => {
    const { endpoint, issuerKeys } = setUp();
    answers(endpoint, { issuer: NAME, jwks_uri: URI });
    const found = (name: string) =>
      issuerKeys.find(issuer.entry({ issuer: name, discovery: true }), 'ES256', 'first', signal);
    await expectRefusal(found(`${NAME}/`), 'store_unavailable', DOWN);
    expect(await found(NAME)).toBeDefined();
    await expectRefusal(found(`${NAME}/`), 'store_unavailable', DOWN);
  });

  test.each([
    'http://169.254.169.254/keys',
    'https://169.254.169.254/keys',
    'file:///etc/passwd',
    'https://user@127.0.0.1/keys',
    'https://127.0.0.1/keys#first',
  ])('does not follow jwks_uri %s', async (uri) => {
    const document = { issuer: NAME, jwks_uri: uri };
    const real = createJsonFetcher({ timeout: 500 });
    const fetchJson: FetchJson = async (url) => (url.endsWith('-configuration') ? document : real(url));
    const issuerKeys = createIssuerKeys({ now: () => 0, fetchJson });
    const work = issuerKeys.find(issuer.entry({ discovery: true }), 'ES256', 'first', signal);
    await expectRefusal(work, 'store_unavailable', DOWN);
  });
});

test('two issuers with endpoints of their own do not share keys', async () => {
  const strangers = await createTestIssuer({ issuer: 'https://stranger.example.com', kid: 'first' });
  const server = await startWebServer((request, response) =>
    json(request.url === '/a' ? issuer.jwks : strangers.jwks)(request, response),
  );
  const issuerKeys = createIssuerKeys({ now: () => 0, fetchJson: createJsonFetcher({ allowLoopback: true }) });
  const entries = [issuer.entry({ jwksUri: `${server.url}/a` }), strangers.entry({ jwksUri: `${server.url}/b` })];
  const verifier = verifierFor(entries, { issuerKeys });
  expect((await verifier.verify(await issuer.token(), signal)).issuer).toBe(entries[0]);
  expect((await verifier.verify(await strangers.token(), signal)).issuer).toBe(entries[1]);
  const confused = await issuer.token({ iss: strangers.issuer });
  await expectRefusal(verifier.verify(confused, signal), 'invalid_token', UNTRUSTED);
  expect(server.requests.toSorted()).toEqual(['/a', '/b']);
});

test('no header of a token causes a fetch: the canary receives nothing', async () => {
  const canary = await startWebServer(json(issuer.jwks));
  const attacker = await createTestSigner('ES256', 'first');
  const issuerKeys = createIssuerKeys({ now: () => 0, fetchJson: createJsonFetcher({ allowLoopback: true }) });
  const verifier = verifierFor([issuer.entry()], { issuerKeys });
  const headers = [
    { jku: `${canary.url}/jku` },
    { x5u: `${canary.url}/x5u`, kid: `${canary.url}/kid` },
    { x5c: ['MIIB'], jwk: attacker.jwk },
    { jwk: attacker.jwk, kid: undefined },
  ];
  for (const extra of headers) {
    const claims = { iss: issuer.issuer, sub: 's', aud: issuer.entry().audience, exp: 9_999_999_999 };
    const forged = await attacker.sign({ alg: 'ES256', kid: 'first', ...extra }, claims);
    await expectRefusal(verifier.verify(forged, signal), 'invalid_token', UNTRUSTED);
  }
  // In a good token they are ignored.
  await expect(verifier.verify(await issuer.token({}, { jku: `${canary.url}/jku` }), signal)).resolves.toBeDefined();
  expect(canary.requests).toEqual([]);
});
