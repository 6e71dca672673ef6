import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { Hono } from 'hono';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { functionUrlHandler } from '../../../lib/http/function-url.ts';
import { generateXkey } from '../../../lib/xkey/keys.ts';
import { openAnswer, startBroker, type TestBroker } from '../../kit/broker.ts';
import { clientOf } from '../../kit/broker-client.ts';

interface Result {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An event as Lambda sends it for a Function URL, payload format 2.0, with the members that AWS documents. */
function event(changes: object = {}, http: object = {}): Record<string, unknown> {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/v1/health',
    rawQueryString: '',
    headers: {
      'x-amzn-trace-id': 'Root=1-6380f3c5-5a5c1f0a1f0b7a2c3d4e5f60',
      'x-forwarded-for': '203.0.113.7',
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
      host: 'abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-central-1.on.aws',
      'user-agent': 'curl/8.0 (é)',
    },
    requestContext: {
      accountId: 'anonymous',
      apiId: 'abcdefghijklmnopqrstuvwxyz012345',
      domainName: 'abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-central-1.on.aws',
      domainPrefix: 'abcdefghijklmnopqrstuvwxyz012345',
      http: {
        method: 'GET',
        path: '/v1/health',
        protocol: 'HTTP/1.1',
        sourceIp: '203.0.113.7',
        userAgent: 'curl',
        ...http,
      },
      requestId: 'e1506fd5-9e7b-434f-bd42-4f8fa224b599',
      routeKey: '$default',
      stage: '$default',
      time: '22/Nov/2026:02:00:00 +0000',
      timeEpoch: 1_795_312_800_000,
    },
    isBase64Encoded: false,
    ...changes,
  };
}

let broker: TestBroker;
let handler: (event: unknown) => Promise<object>;
beforeAll(async () => {
  broker = await startBroker({ mappings: [{ secret: 'a' }], values: { a: 'the value' } });
  handler = functionUrlHandler(broker.app);
});
afterAll(() => broker.close());
afterEach(() => vi.restoreAllMocks());

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const call = async (invocation: unknown) => (await handler(invocation)) as Result;
const post = (rawPath: string, body: unknown, headers: object = {}, changes: object = {}) =>
  event({ rawPath, body, headers: { 'content-type': 'application/json', ...headers }, ...changes }, { method: 'POST' });

function expectRefused({ statusCode, headers, body }: Result): void {
  expect(statusCode).toBe(400);
  expect(headers).toEqual({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' });
  expect(JSON.parse(body)).toEqual({
    type: '/v1/errors/invalid_request',
    title: 'This endpoint does not understand the request.',
    status: 400,
    detail: 'This function can only be called through its URL.',
    code: 'invalid_request',
    request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
}

describe('a request through the Function URL', () => {
  it('is served, with its body as a string or in base64', async () => {
    expect(await call(event())).toMatchObject({ statusCode: 200, body: '{"status":"pass"}' });
    const recipient = generateXkey();
    const body = JSON.stringify({ recipient: recipient.text, secret: 'a' });
    const headers = { authorization: `Bearer ${await broker.issuer.token()}` };
    for (const sent of [
      post('/v1/get', body, headers),
      post('/v1/get', Buffer.from(body).toString('base64'), headers, { isBase64Encoded: true }),
    ]) {
      const answer = await call(sent);
      expect(answer.statusCode).toBe(200);
      expect(openAnswer(JSON.parse(answer.body), recipient)).toMatchObject({ string: 'the value' });
    }
  });

  it('is refused by the app as everywhere: with problem JSON and its headers', async () => {
    const answer = await call(post('/v1/get', JSON.stringify({ recipient: generateXkey().text, secret: 'a' })));
    expect(answer).toMatchObject({
      statusCode: 401,
      headers: { 'content-type': 'application/problem+json', 'www-authenticate': 'Bearer' },
    });
    expect((await call(post('/v1/get', 'x'.repeat(300_000)))).statusCode).toBe(413);
    expect((await call(event({ rawPath: '/v1/get%2F..%2Fhealth' }))).statusCode).toBe(404);
    for (const rawPath of ['//evil.example.com/v1/health', '/v1/he alth', '/v1/\\health', '/é', '/\ud800', '/../v1'])
      expect((await call(event({ rawPath }))).statusCode).toBe(404);
  });

  it('is served under the name that an emulator gives the URL', async () => {
    const domainName = 'abc.lambda-url.us-east-1.localhost.localstack.cloud:4566';
    expect((await call(event({ requestContext: { ...context(), domainName } }))).statusCode).toBe(200);
  });

  it('may have a body with GET, and is answered all the same', async () => {
    const answer = await call(event({ rawPath: '/v1/get', body: '{}' }));
    expect([answer.statusCode, JSON.parse(answer.body).detail]).toEqual([405, 'This endpoint only accepts POST.']);
  });

  it.each([
    ['/v1/get', 'POST', ['GET', 'HEAD']],
    ['/v1/batch-get', 'POST', ['GET', 'HEAD']],
    ['/v1/list', 'POST', ['GET', 'HEAD']],
    ['/v1/can-i', 'POST', ['GET', 'HEAD']],
    ['/v1/keys', 'GET, HEAD', ['POST']],
    ['/v1/health', 'GET, HEAD', ['POST']],
    ['/v1/openapi.json', 'GET, HEAD', ['POST']],
    ['/v1/errors/conflict', 'GET, HEAD', ['POST']],
  ])('to %s by another method than %s is refused with 405', async (rawPath, allow, more) => {
    for (const method of [...more, 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'TRACK', 'PURGE', 'get']) {
      const { statusCode, headers, body } = await call(event({ rawPath, body: '{}' }, { method }));
      expect([method, statusCode, headers.allow]).toEqual([method, 405, allow]);
      expect(headers['content-type']).toBe('application/problem+json');
      if (method !== 'HEAD') expect(JSON.parse(body)).toMatchObject({ code: 'method_not_allowed', status: 405 });
    }
    expect((await call(event({ rawPath: '/v1/nothing' }, { method: 'TRACE' }))).statusCode).toBe(404);
  });

  it('may carry the signature of a gateway, which is not taken for a token and does not disturb a sealed request', async () => {
    const authorization = 'AWS4-HMAC-SHA256 Credential=A/20261122/eu-central-1/lambda/aws4_request, Signature=00';
    const plain = JSON.stringify({ recipient: generateXkey().text, secret: 'a' });
    const refused = await call(post('/v1/get', plain, { authorization }));
    expect([refused.statusCode, JSON.parse(refused.body).detail]).toEqual([
      401,
      'The request has no Authorization header with a bearer token.',
    ]);

    const signing: typeof fetch = async (url, init) => {
      const headers = { ...Object.fromEntries(new Headers(init?.headers)), authorization };
      expect(headers).toHaveProperty('x-amz-content-sha256', sha256(String(init?.body)));
      const answer = await call(post(new URL(String(url)).pathname, init?.body, headers));
      return new Response(answer.body, { status: answer.statusCode, headers: answer.headers });
    };
    const secret = await clientOf(broker, { fetch: signing }).get('a');
    expect(secret.reveal()).toBe('the value');
  });

  it('never passes a doubled header on as two', async () => {
    const token = `Bearer ${await broker.issuer.token()}`;
    const body = JSON.stringify({ recipient: generateXkey().text, secret: 'a' });
    const answer = await call(post('/v1/get', body, { authorization: `${token},${token}` }));
    expect(JSON.parse(answer.body).detail).toBe('The Authorization header is not a single bearer token.');
  });
});

describe('any other invocation', () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a string', 'event'],
    ['a list', [event()]],
    ['an empty object', {}],
    ['a scheduled event', { version: '0', 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {} }],
    ['a queue’s event', { Records: [{ eventSource: 'aws:sqs', body: '{}' }] }],
    [
      'REST API, format 1.0',
      { version: '1.0', httpMethod: 'GET', path: '/v1/health', headers: {}, requestContext: {} },
    ],
    ['HTTP API', event({ requestContext: { ...context(), domainName: 'x.execute-api.eu-central-1.amazonaws.com' } })],
    ['a load balancer', { requestContext: { elb: {} }, httpMethod: 'GET', path: '/v1/health', headers: {} }],
    ['VPC Lattice', { version: '2.0', method: 'GET', path: '/', headers: {}, requestContext: { serviceArn: 'arn' } }],
    ['an identity that it made up', event({ requestContext: { authorizer: { iam: { userArn: 'arn' } } } })],
    ['no headers', event({ headers: undefined })],
    ['headers that are not strings', event({ headers: { authorization: ['a', 'b'] } })],
    ['a line break in a header', event({ headers: { authorization: 'Bearer a\r\nx: y' } })],
    ['a NUL in a header', event({ headers: { dpop: 'a\0b' } })],
    ['a surrogate in a header', event({ headers: { authorization: '\ud800' } })],
    ['a path without a slash', event({ rawPath: 'v1/health' })],
    ['a path with a query', event({ rawPath: '/v1/health?x=y' })],
    ['a path with a line break', event({ rawPath: '/v1/health\n' })],
    ['a path that is not a string', event({ rawPath: 7 })],
    ['a domain that is not a host name', event({ requestContext: { ...context(), domainName: 'a b.lambda-url.x' } })],
    ['a domain with a path', event({ requestContext: { ...context(), domainName: 'evil.com/.lambda-url.x' } })],
    ['a domain with a user', event({ requestContext: { ...context(), domainName: 'x@evil.lambda-url.x' } })],
    ['a port above 65535', event({ requestContext: { ...context(), domainName: 'a.lambda-url.x:65536' } })],
    ['a domain that ends like an address', event({ requestContext: { ...context(), domainName: 'a.lambda-url.1.2' } })],
    ['a method that is not valid', event({}, { method: 'G T' })],
    ['a method that is empty', event({}, { method: '' })],
    ['a method that is not a string', event({}, { method: ['GET'] })],
    ['a method of 65 characters', event({}, { method: 'G'.repeat(65) })],
    ['a body that is not a string', event({ body: { a: 1 } }, { method: 'POST' })],
    ['a body that is not base64', event({ body: '%%%%', isBase64Encoded: true }, { method: 'POST' })],
    ['members that are inherited', Object.create(event())],
  ])('%s is refused without being looked at', async (_, invocation) => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const requests = broker.logs.length;
    expectRefused(await call(invocation));
    expect(broker.logs).toHaveLength(requests);
    expect(error).not.toHaveBeenCalled();
  });

  it('that imitates one gains nothing: requestContext is not trusted', async () => {
    const requestContext = {
      ...context(),
      authentication: { clientCert: {} },
      authorizer: { iam: { userArn: 'arn:aws:iam::1:root' }, jwt: { claims: { sub: 'repo:acme/api' } } },
      elb: {},
      serviceArn: 'arn',
      http: { method: 'POST' },
    };
    const body = JSON.stringify({ recipient: generateXkey().text, secret: 'a' });
    const answer = await call(post('/v1/get', body, {}, { requestContext, multiValueHeaders: { a: ['b'] } }));
    expect([answer.statusCode, JSON.parse(answer.body).detail]).toEqual([
      401,
      'The request has no Authorization header with a bearer token.',
    ]);
  });
});

it('whatever the invocation, the answer is one of ours and the console stays empty', async () => {
  const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const empty = functionUrlHandler(new Hono());
  const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('GET', 'POST', '/v1/get', 'e30='));
  const changed = fc.record(
    {
      rawPath: fc.oneof(
        text,
        text.map((path) => `/${path}`),
      ),
      body: fc.oneof(text, fc.constant(null), fc.integer()),
      isBase64Encoded: fc.boolean(),
      headers: fc.dictionary(fc.constantFrom('authorization', 'dpop', 'content-type', 'cookie', 'x'), text),
      cookies: fc.array(text),
      rawQueryString: text,
    },
    { requiredKeys: [] },
  );
  const property = fc.asyncProperty(changed, text, async (changes, method) => {
    const answer = (await empty(event(changes, { method }))) as Result;
    expect([400, 404]).toContain(answer.statusCode);
  });
  await fc.assert(property, { seed: 31, numRuns: 300 });
  expect(error).not.toHaveBeenCalled();
});

function context(): object {
  return event().requestContext as object;
}
