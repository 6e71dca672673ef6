import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPERATIONS, type Operation } from '../../lib/wire/operations.ts';
import { generateXkey } from '../../lib/xkey/keys.ts';
import { encodePublicNkey } from '../../lib/xkey/nkey.ts';
import { type Reply, startBroker, type TestBroker } from '../kit/broker.ts';
import { expectRefusal, type Refusal } from '../kit/refusals.ts';
import { createTestIssuer, TEST_NOW } from '../kit/test-issuer.ts';

const xkey = generateXkey();
const SHAPE = 'A member of the request is missing, unknown or not valid.';
const NOT_JSON = 'The body is not valid JSON.';
const MAX_BODY = 256 * 1024;
const MISSING_RECIPIENT = {
  code: 'invalid_recipient',
  text: 'The request has no recipient.',
  pointer: '/recipient',
} as const;
const COMPRESSED = 'The body must not be compressed.';
const CONTENT_TYPE = 'The content type must be application/json.';
const listOf = (members: object) => JSON.stringify({ recipient: xkey.text, ...members });

let broker: TestBroker;
beforeAll(async () => {
  broker = await startBroker({
    mappings: [{ secret: 'payments/*' }],
    values: { 'payments/stripe': '{"api_key":"sk_test"}' },
  });
});
afterAll(() => broker.close());

interface Sent {
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly operation?: Operation;
  readonly method?: string;
}

const good = (members: object = {}) => JSON.stringify({ recipient: xkey.text, secret: 'payments/stripe', ...members });

async function send({ body = good(), headers = {}, operation = 'get', method = 'POST' }: Sent): Promise<Reply> {
  const usual = { 'content-type': 'application/json', authorization: `Bearer ${await broker.issuer.token()}` };
  const text = typeof body === 'string' ? body : Buffer.from(body);
  return broker.send(`/v1/${operation}`, { method, headers: { ...usual, ...headers }, body: text }, xkey);
}

/** Each is refused with that code and text, writes nothing to the ledger, and is logged under its request id. */
function refused(what: string, sent: Sent | (() => Promise<Sent>), refusal: Refusal): void {
  it(what, async () => {
    const rows = broker.ledgerRows().length;
    const reply = await send(typeof sent === 'function' ? await sent() : sent);
    expectRefusal(reply, refusal);
    expect(broker.ledgerRows()).toHaveLength(rows);
    expect(broker.logs.at(-1)).toMatchObject({ request_id: reply.body.request_id, code: refusal.code });
  });
}

describe('the token', () => {
  const token = (text: string, refusal: string) =>
    [{ headers: { authorization: text } }, { code: 'invalid_token', text: refusal }] as const;
  const claims = (changes: object, refusal: string) =>
    [
      async () => ({ headers: { authorization: `Bearer ${await broker.issuer.token({ ...changes })}` } }),
      { code: 'invalid_token', text: refusal },
    ] as const;
  const MALFORMED = 'The token is malformed.';
  const UNTRUSTED = 'The token is not signed by a trusted issuer.';

  it('missing', async () => {
    const headers = { 'content-type': 'application/json' };
    const reply = await broker.send('/v1/get', { method: 'POST', headers, body: good() });
    expectRefusal(reply, {
      code: 'invalid_token',
      text: 'The request has no Authorization header with a bearer token.',
    });
  });
  refused('of another scheme', ...token('Basic dTpw', 'The Authorization header is not a single bearer token.'));
  refused('empty', ...token('Bearer ', 'The Authorization header is not a single bearer token.'));
  refused(
    'two, joined',
    ...token('Bearer a.b.c, Bearer d.e.f', 'The Authorization header is not a single bearer token.'),
  );
  refused('of one part', ...token('Bearer abc', MALFORMED));
  refused('of three meaningless parts', ...token('Bearer a.b.c', MALFORMED));
  refused('expired', ...claims({ exp: TEST_NOW - 30 }, 'The token has expired.'));
  refused('not valid yet', ...claims({ nbf: TEST_NOW + 31 }, 'The token is not valid yet.'));
  refused('issued in the future', ...claims({ iat: TEST_NOW + 31 }, 'The token is not valid yet.'));
  refused(
    'without exp',
    ...claims({ exp: undefined }, 'The token has no exp claim, which its issuer’s entry requires.'),
  );
  refused(
    'for another audience',
    ...claims({ aud: 'https://other.example.com' }, 'The token is for another audience.'),
  );
  refused('of an unknown issuer', ...claims({ iss: 'https://nobody.example.com' }, UNTRUSTED));
  refused('of 8,193 characters', ...token(`Bearer ${'a'.repeat(8193)}`, 'The token is longer than 8 KiB.'));
  refused('of 8,192 characters, but not a token', ...token(`Bearer ${'a'.repeat(8192)}`, MALFORMED));
  refused(
    'signed by another key',
    async () => ({ headers: { authorization: `Bearer ${await (await createTestIssuer()).token()}` } }),
    { code: 'invalid_token', text: UNTRUSTED },
  );
});

describe('the recipient', () => {
  const recipient = (value: unknown, text: string, pointer?: string) =>
    [{ body: good({ recipient: value }) }, { code: 'invalid_recipient', text, ...(pointer && { pointer }) }] as const;
  const FORM = 'Not a valid public xkey. A public xkey starts with X and has 56 characters.';
  const POINT = 'The xkey is an unsafe point on the curve and cannot be used.';
  const MISSING = 'The request has no recipient.';

  refused('missing', ...recipient(undefined, MISSING, '/recipient'));
  refused('not a string', ...recipient(7, MISSING, '/recipient'));
  refused('malformed', ...recipient('X123', FORM));
  refused('in lower case', ...recipient(xkey.text.toLowerCase(), FORM));
  refused('with another checksum', ...recipient(xkey.text.slice(0, -1) + (xkey.text.endsWith('A') ? 'B' : 'A'), FORM));
  refused('of another kind', ...recipient(encodePublicNkey('A', Buffer.alloc(32, 9)), FORM));
  refused('a seed', ...recipient('SXAKIYZX2POLIHZ5W5YZEWVTH24NLEUETBW3TKIVYRSS3GNHFXO5D4JJZM', FORM));
  refused('a low-order point', ...recipient(encodePublicNkey('X', Buffer.alloc(32)), POINT));
  refused('a point above p', ...recipient(encodePublicNkey('X', Buffer.alloc(32, 255)), POINT));
});

describe('the body', () => {
  const request = (text: string = SHAPE, pointer?: string): Refusal => ({
    code: 'invalid_request',
    text,
    ...(pointer === undefined ? {} : { pointer }),
  });
  const nested = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;

  refused('empty', { body: '' }, request(NOT_JSON));
  refused('not JSON', { body: 'secret=payments/stripe' }, request(NOT_JSON));
  refused('not an object', { body: '["payments/stripe"]' }, request('The body is not a JSON object.'));
  refused('cut off', { body: good().slice(0, -1) }, request(NOT_JSON));
  refused('two values', { body: `${good()}${good()}` }, request(NOT_JSON));
  refused('not UTF-8', { body: Uint8Array.of(123, 255, 125) }, request('The JSON is not valid UTF-8.'));
  refused('byte order mark', { body: `\ufeff${good()}` }, request('The JSON starts with a byte order mark.'));
  refused('lone surrogate', { body: '{"a":"\\ud800"}' }, request('The JSON contains a lone surrogate.'));
  refused(
    'a number that is too large',
    { body: '{"a":1e999}' },
    request('The JSON contains a number that is too large.'),
  );
  refused(
    'a member twice',
    { body: `{"secret":"a",${good().slice(1)}` },
    request('The JSON contains the same member twice.'),
  );
  refused(
    'a member twice, spelt in two ways',
    { body: `{"\\u0073ecret":"a",${good().slice(1)}` },
    request('The JSON contains the same member twice.'),
  );
  refused(
    '__proto__',
    { body: '{"__proto__":{}}' },
    request('The JSON contains a member named __proto__, which is not allowed.'),
  );
  refused('nested 33 deep', { body: nested(33) }, request('The JSON is nested too deeply.'));
  refused('nested 32 deep, but not a request', { body: nested(32) }, MISSING_RECIPIENT);
  refused('of 256 KiB and a byte', { body: good().padEnd(MAX_BODY + 1) }, { code: 'too_large' });
  refused('compressed', { body: gzipSync(good()), headers: { 'content-encoding': 'gzip' } }, request(COMPRESSED));
  refused('declared as compressed', { headers: { 'content-encoding': 'identity, br' } }, request(COMPRESSED));
  refused('of another type', { headers: { 'content-type': 'text/plain' } }, request(CONTENT_TYPE));
  refused(
    'of a form’s type',
    { headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    request(CONTENT_TYPE),
  );
  refused('in UTF-16', { headers: { 'content-type': 'application/json; charset=utf-16' } }, request(CONTENT_TYPE));

  refused('a misspelt field', { body: good({ feild: 'api_key' }) }, request(SHAPE, '/feild'));
  refused('an unknown member', { body: good({ constructor: 1 }) }, request(SHAPE, '/constructor'));
  refused('a member that could be a token', { body: good({ [`k${'x'.repeat(32)}`]: 1 }) }, request(SHAPE, '/*'));
  refused('a token inside a plain request', { body: good({ token: 'a.b.c' }) }, request(SHAPE, '/token'));
  refused('no secret', { body: JSON.stringify({ recipient: xkey.text }) }, request(SHAPE, '/secret'));
  refused('a secret that is not a string', { body: good({ secret: ['payments/stripe'] }) }, request(SHAPE, '/secret'));
  refused('a field that is not a string', { body: good({ field: 1 }) }, request(SHAPE, '/field'));
  refused('an empty field', { body: good({ field: '' }) }, request(SHAPE, '/field'));
  refused('a field of 257 characters', { body: good({ field: 'f'.repeat(257) }) }, request(SHAPE, '/field'));
  refused('version 0', { body: good({ version: 0 }) }, request(SHAPE, '/version'));
  refused('version 1.5', { body: good({ version: 1.5 }) }, request(SHAPE, '/version'));
  refused('version true', { body: good({ version: true }) }, request(SHAPE, '/version'));
  refused('version with a space', { body: good({ version: 'a b' }) }, request(SHAPE, '/version'));
  refused('known_version null', { body: good({ known_version: null }) }, request(SHAPE, '/known_version'));
  refused('list: limit 0', { operation: 'list', body: listOf({ limit: 0 }) }, request(SHAPE, '/limit'));
  refused('list: limit 1,001', { operation: 'list', body: listOf({ limit: 1001 }) }, request(SHAPE, '/limit'));
  refused('list: a glob as prefix', { operation: 'list', body: listOf({ prefix: '*' }) }, request(SHAPE, '/prefix'));

  it('of exactly 256 KiB is accepted, and so are 32 levels and other spellings of the content type', async () => {
    expect((await send({ body: good().padEnd(MAX_BODY) })).status).toBe(200);
    for (const type of ['application/json', 'Application/JSON; charset=UTF-8', 'application/json ;charset=utf-8'])
      expect((await send({ headers: { 'content-type': type, 'content-encoding': 'identity' } })).status).toBe(200);
  });

  it('that breaks off is refused, and is not reported as a fault of ours', async () => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"recipient":'));
        controller.error(new Error('connection lost'));
      },
    });
    const headers = { 'content-type': 'application/json' };
    const reply = await broker.send('/v1/get', { method: 'POST', headers, body, duplex: 'half' } as RequestInit);
    expectRefusal(reply, request('The body could not be read completely.'));
  });

  it('without a stated length is cut off when it grows too large', async () => {
    let pulled = 0;
    const body = new ReadableStream({
      pull: (controller) => {
        pulled++;
        controller.enqueue(new Uint8Array(64 * 1024).fill(32));
      },
    });
    const headers = { 'content-type': 'application/json' };
    const reply = await broker.send('/v1/get', { method: 'POST', headers, body, duplex: 'half' } as RequestInit);
    expectRefusal(reply, { code: 'too_large' });
    expect(pulled).toBeLessThan(10);
  });
});

describe('endpoints', () => {
  const path = (method: string, url: string) => broker.send(url, { method });
  const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'QUERY', 'PROPFIND', 'POSTS', 'M-SEARCH'];
  const posted = { accepts: ['POST'], allow: 'POST', text: 'This endpoint only accepts POST.' };
  const pages = { accepts: ['GET'], allow: 'GET, HEAD', text: 'This endpoint only accepts GET and HEAD.' };
  it.each([
    ...OPERATIONS.map((operation) => ({ ...posted, operation, url: `/v1/${operation}` })),
    { ...pages, operation: 'keys', url: '/v1/keys' },
    { ...pages, operation: 'health', url: '/v1/health' },
    { ...pages, operation: 'openapi', url: '/v1/openapi.json' },
    { ...pages, operation: 'errors', url: '/v1/errors/not_found' },
    { ...pages, operation: 'errors', url: '/v1/errors/method_not_allowed' },
  ])('$url only accepts $allow', async ({ url, operation, accepts, allow, text }) => {
    for (const method of methods.filter((one) => !accepts.includes(one))) {
      const reply = await path(method, url);
      expectRefusal(reply, { code: 'method_not_allowed', text });
      expect([method, reply.status, reply.headers.get('allow')]).toEqual([method, 405, allow]);
      const { request_id } = reply.body;
      expect(broker.logs.at(-1)).toMatchObject({ request_id, operation, status: 405, code: 'method_not_allowed' });
    }
    const head = await broker.app.request(url, { method: 'HEAD' });
    const status = allow === 'POST' ? 405 : 200;
    expect([head.status, head.headers.get('allow'), await head.text()]).toEqual([
      status,
      status === 405 ? allow : null,
      '',
    ]);
    if (status === 200) expect((await broker.app.request(url)).status).toBe(200);
  });
  it.each([
    '/',
    '/v1',
    '/v1/get/',
    '/v1//get',
    '/v2/get',
    '/v1/admin',
    '/v1%2Fget',
    '/v1/get%00',
    '/v1/errors/nope',
    '/v1/%ff',
  ])('%s is not an endpoint', async (url) => {
    for (const method of methods)
      expectRefusal(await path(method, url), { code: 'not_found', text: 'There is no such endpoint.' });
  });
});
