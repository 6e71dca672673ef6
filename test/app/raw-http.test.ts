import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Listening, listen } from '../../lib/embedded/listen.ts';
import { generateXkey } from '../../lib/xkey/keys.ts';
import { openAnswer, startBroker, type TestBroker } from '../kit/broker.ts';
import { rawRequest } from '../kit/raw-request.ts';

let broker: TestBroker;
let server: Listening;
beforeAll(async () => {
  broker = await startBroker({ mappings: [{ secret: 'a' }], values: { a: 'the value' } });
  server = await listen(broker.app, 0);
});
afterAll(async () => {
  await server.close();
  broker.close();
});

const recipient = generateXkey();
const body = JSON.stringify({ recipient: recipient.text, secret: 'a' });

/** A plain get, byte by byte: the header lines as given, with the usual ones before them. */
async function get(lines: readonly string[], sent = body) {
  const usual = ['POST /v1/get HTTP/1.1', 'Host: 127.0.0.1', 'Connection: close', 'Content-Type: application/json'];
  const head = [...usual, ...lines];
  if (!lines.some((line) => /^(?:content-length|transfer-encoding):/i.test(line)))
    head.push(`Content-Length: ${Buffer.byteLength(sent)}`);
  return rawRequest(server.url, `${head.join('\r\n')}\r\n\r\n${sent}`);
}

const bearer = async () => `Authorization: Bearer ${await broker.issuer.token()}`;
const DOUBLED = 'A header that must be sent once was sent twice.';

describe('a request on the wire', () => {
  it('is answered if every header is there once', async () => {
    const { status, body: answer } = await get([await bearer()]);
    expect(status).toBe(200);
    expect(openAnswer(JSON.parse(answer), recipient)).toMatchObject({ string: 'the value' });
  });

  it.each([
    ['Authorization', (token: string) => [token, token]],
    ['Authorization, the first one empty', (token: string) => ['Authorization:', token]],
    ['Authorization in another case', (token: string) => [token, token.replace('Authorization', 'AUTHORIZATION')]],
    ['DPoP', (token: string) => [token, 'DPoP: a.b.c', 'dpop: a.b.c']],
    ['Content-Type', (token: string) => [token, 'content-type: application/json']],
    ['Content-Encoding', (token: string) => [token, 'Content-Encoding: identity', 'Content-Encoding: gzip']],
  ])('%s twice is refused', async (_, lines) => {
    const answer = await get(lines(await bearer()));
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'invalid_request', detail: DOUBLED, status: 400 });
  });

  it.each([
    ['a folded token', (token: string) => [token.replace('Bearer ', 'Bearer\r\n ')]],
    ['a token folded in its middle', (token: string) => [`${token.slice(0, 60)}\r\n ${token.slice(60)}`]],
    ['a carriage return in the token', (token: string) => [`${token.slice(0, 60)}\r${token.slice(60)}`]],
    ['a line feed in the token', (token: string) => [`${token.slice(0, 60)}\n${token.slice(60)}`]],
    ['a NUL in the token', (token: string) => [`${token}\0`]],
    ['a NUL in the middle', (token: string) => [`${token.slice(0, 60)}\0${token.slice(60)}`]],
    ['a space before the colon', (token: string) => [token.replace(':', ' :')]],
    ['a tab for the space', (token: string) => [token.replace('Bearer ', 'Bearer\t')]],
    ['a no-break space at the end', (token: string) => [`${token}\u00a0`]],
    ['a length in two ways', (token: string) => [token, 'Content-Length: 5', `Content-Length: ${body.length}`]],
    ['a length and chunks', (token: string) => [token, 'Content-Length: 5', 'Transfer-Encoding: chunked']],
    ['a length below nothing', (token: string) => [token, 'Content-Length: -1']],
    ['chunks spelt wrong', (token: string) => [token, 'Transfer-Encoding: xchunked']],
  ])('%s is refused', async (_, lines) => {
    const answer = await get(lines(await bearer()));
    expect([400, 401]).toContain(answer.status);
    expect(answer.body).not.toContain('sealed');
  });

  it('with a token that is too long is refused for that, up to the length at which the server stops reading', async () => {
    const long = await get([`Authorization: Bearer ${'a'.repeat(60_000)}`]);
    expect([long.status, JSON.parse(long.body).detail]).toEqual([401, 'The token is longer than 8 KiB.']);
    expect((await get([`Authorization: Bearer ${'a'.repeat(66_000)}`])).status).toBe(431);
  });

  it.each([
    ['/v1/get', 'TRACE', 'POST'],
    ['/v1/keys', 'TRACE', 'GET, HEAD'],
    ['/v1/keys', 'POST', 'GET, HEAD'],
    ['/v1/health', 'OPTIONS', 'GET, HEAD'],
    ['/v1/can-i', 'PROPFIND', 'POST'],
    ['/v1/errors/replayed', 'DELETE', 'GET, HEAD'],
  ])('to %s by %s is refused with what is allowed', async (path, method, allow) => {
    const head = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
    const { status, headers, body: answer } = await rawRequest(server.url, head);
    expect([status, /^allow: (.*)$/im.exec(headers)?.[1]?.trim()]).toEqual([405, allow]);
    expect(JSON.parse(answer)).toMatchObject({ code: 'method_not_allowed', status: 405 });
  });

  it('with a body of exactly 256 KiB is accepted', async () => {
    expect((await get([await bearer()], body.padEnd(256 * 1024))).status).toBe(200);
  });

  it('with a body above 256 KiB is refused', async () => {
    const { status, body: answer } = await get([await bearer()], body.padEnd(256 * 1024 + 1));
    expect(status).toBe(413);
    expect(JSON.parse(answer)).toMatchObject({ code: 'too_large' });
  });

  it('in chunks without a stated length is cut off', async () => {
    const chunk = ' '.repeat(65_536);
    const chunks = `10000\r\n${chunk}\r\n`.repeat(5);
    const { status } = await get([await bearer(), 'Transfer-Encoding: chunked'], `${chunks}0\r\n\r\n`);
    expect(status).toBe(413);
  });
});
