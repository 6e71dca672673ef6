import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Address, createJsonFetcher } from '../../../../lib/token/keys/fetch-json.ts';
import { selfSigned } from '../../../kit/self-signed.ts';
import { expectRefusal } from '../verifying.ts';
import { json, startWebServer } from './web-server.ts';

const NOT_PUBLIC = 'The host that serves an issuer’s keys has no public address.';
const NOT_HTTPS = 'The URL for an issuer’s keys must start with https:// and hold no user name, password or fragment.';
const NO_ANSWER = 'The host that serves an issuer’s keys does not answer.';
const AN_ERROR = 'The host that serves an issuer’s keys does not answer with status 200.';

const at =
  (...addresses: string[]) =>
  async (): Promise<Address[]> =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
const onLoopback = createJsonFetcher({ allowLoopback: true });
const refuse = (work: Promise<unknown>, text: string) => expectRefusal(work, 'store_unavailable', text);

describe('addresses', () => {
  test.each([
    'https://127.0.0.1/k',
    'https://127.1/k',
    'https://0x7f.1/k',
    'https://2130706433/k',
    'https://0/k',
    'https://[::1]/k',
    'https://[::ffff:127.0.0.1]/k',
    'https://[::ffff:169.254.169.254]/k',
    'https://[64:ff9b::a9fe:a9fe]/k',
    'https://[64:ff9b::10.0.0.1]/k',
    'https://[64:ff9b:1::a00:1]/k',
    'https://[64:ff9b:1:a00:0:100::]/k',
    'https://[2002:a9fe:a9fe::]/k',
    'https://169.254.169.254/latest/meta-data/',
    'https://[fd00:ec2::254]/k',
    'https://100.100.100.200/k',
    'https://10.0.0.1:8443/k',
    'https://192.168.1.1/k',
    'https://[fe80::1]/k',
    'https://255.255.255.255/k',
  ])('refuses %s because of its address', async (url) => {
    const resolve = vi.fn(at('1.1.1.1'));
    await refuse(createJsonFetcher({ resolve })(url), NOT_PUBLIC);
    expect(resolve).not.toHaveBeenCalled();
  });

  test.each([
    ['this machine', ['127.0.0.1']],
    ['this machine by IPv6', ['::1']],
    ['the metadata service', ['169.254.169.254']],
    ['a private network', ['10.1.2.3']],
    ['a mapped address', ['::ffff:10.1.2.3']],
    ['a public and a private address', ['1.1.1.1', '192.168.0.1']],
    ['a private and a public address', ['fd00::1', '2606:4700::1111']],
    ['a public address and a private one behind NAT64', ['140.82.112.3', '64:ff9b::a00:1']],
    ['nothing', []],
  ])('refuses a name that resolves to %s', async (_what, addresses) => {
    await refuse(createJsonFetcher({ resolve: at(...addresses) })('https://issuer.example.com/k'), NOT_PUBLIC);
  });

  test.each([
    ['the well-known prefix', '64:ff9b::8c52:7003'],
    ['a prefix of its own network', '64:ff9b:1::8c52:7003'],
  ])('accepts a name that also resolves to NAT64, with %s', async (_what, address) => {
    // It connects to the first address, and gives up at the certificate.
    const server = createServer(selfSigned(), (_request, response) => response.end('{}'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const fetchJson = createJsonFetcher({ allowLoopback: true, resolve: at('127.0.0.1', address) });
    await refuse(fetchJson(`https://issuer.example.com:${(server.address() as AddressInfo).port}/k`), NO_ANSWER);
  });

  test('refuses localhost, by the system’s resolver', async () => {
    await refuse(createJsonFetcher()('https://localhost/k'), NOT_PUBLIC);
  });

  test('connects to the address that it checked: a name is resolved once for each fetch', async () => {
    const server = await startWebServer(json({ keys: [] }));
    const resolve = vi
      .fn(at('127.0.0.1'))
      .mockImplementationOnce(at('127.0.0.1'))
      .mockImplementation(at('169.254.169.254'));
    const fetchJson = createJsonFetcher({ allowLoopback: true, resolve });
    expect(await fetchJson(`http://rebinding.example.com:${server.port}/k`)).toEqual({ keys: [] });
    expect(resolve).toHaveBeenCalledTimes(1);
    await refuse(fetchJson(`http://rebinding.example.com:${server.port}/k`), NOT_PUBLIC); // the next fetch checks again
    expect(server.requests).toEqual(['/k']);
  });

  test('reports a name that does not resolve', async () => {
    const resolve = () => Promise.reject(new Error('ENOTFOUND'));
    await refuse(createJsonFetcher({ resolve })('https://nowhere.example.com/k'), NO_ANSWER);
  });

  test('allows this machine only with allowLoopback, and plain http only there', async () => {
    const server = await startWebServer(json({}));
    expect(await onLoopback(`${server.url}/k`)).toEqual({});
    await refuse(createJsonFetcher()(`${server.url}/k`), NOT_HTTPS);
    await refuse(onLoopback('http://1.1.1.1/k'), NOT_PUBLIC);
    await refuse(
      createJsonFetcher({ allowLoopback: true, resolve: at('10.0.0.1') })('http://inside.example.com/k'),
      NOT_PUBLIC,
    );
    expect(server.requests).toEqual(['/k']);
  });
});

test.each([
  '',
  'keys',
  '/keys',
  'http://issuer.example.com/k',
  'ftp://issuer.example.com/k',
  'file:///etc/passwd',
  'data:application/json,{}',
  'https://user@issuer.example.com/k',
  'https://user:pass@issuer.example.com/k',
  'https://:pass@issuer.example.com/k',
  'https://user@issuer.example.com?k',
  'https://user%40x@issuer.example.com/k',
  'https://@issuer.example.com/k',
  'https://:@issuer.example.com/k',
  'https://issuer.example.com@evil.example.com/k',
  'https://issuer.example.com\\@evil.example.com/k',
  'https:\\\\user@issuer.example.com/k',
  'https:/user@issuer.example.com/k',
  'https:user@issuer.example.com/k',
  'https:///user@issuer.example.com/k',
  'https://issuer.example.com/k#',
  'https://issuer.example.com/k#keys',
  'https://issuer.example.com/k?a=1#keys',
  'https://issuer.example.com/k\n',
  ' https://issuer.example.com/k',
  'https://issuer.example.com/k?a b',
  'https://%40issuer.example.com/k',
  'https://issuer.example.com:99999/k',
  'https://',
])('refuses the URL %j', (url) => refuse(createJsonFetcher({ resolve: at('127.0.0.1') })(url), NOT_HTTPS));

test.each([
  ['accept', 'application/jwk-set+json, application/json;q=0.9, */*;q=0.1'],
  ['accept-encoding', 'identity'],
  ['user-agent', 'waxseal'],
])('sends %s: %s', async (name, value) => {
  let sent: string | string[] | undefined;
  const server = await startWebServer((request, response) => {
    sent = request.headers[name];
    response.end('{}');
  });
  expect(await onLoopback(server.url)).toEqual({});
  expect(sent).toBe(value);
});

test('gets a key set from a server that offers only application/jwk-set+json, or wants a user agent', async () => {
  const server = await startWebServer((request, response) => {
    if (request.headers['user-agent'] === undefined) response.writeHead(403).end();
    else if (!request.headers.accept?.includes('application/jwk-set+json')) response.writeHead(406).end();
    else response.writeHead(200, { 'content-type': 'application/jwk-set+json' }).end('{"keys":[]}');
  });
  expect(await onLoopback(server.url)).toEqual({ keys: [] });
});

test.each([
  ['/k?appid=1', '/k?appid=1'],
  ['/jwk/robot@p.example.com', '/jwk/robot@p.example.com'],
  ['/k?of=robot@p.example.com&v=1?2', '/k?of=robot@p.example.com&v=1?2'],
  ['?appid=1', '/?appid=1'],
])('asks for the query and the path of %s as they are written', async (written, asked) => {
  const server = await startWebServer(json({ keys: [] }));
  expect(await onLoopback(`${server.url}${written}`)).toEqual({ keys: [] });
  expect(server.requests).toEqual([asked]);
});

describe('answers', () => {
  test.each([301, 302, 303, 307, 308])('does not follow a redirect with %d', async (status) => {
    const server = await startWebServer((_request, response) => {
      response.writeHead(status, { location: `${server.url}/elsewhere` }).end();
    });
    await refuse(onLoopback(`${server.url}/k`), AN_ERROR);
    expect(server.requests).toEqual(['/k']);
  });

  test.each([204, 206, 400, 404, 429, 500, 503])('refuses status %d', async (status) => {
    const server = await startWebServer((_request, response) => response.writeHead(status).end('{}'));
    await refuse(onLoopback(server.url), AN_ERROR);
  });

  test.each([
    ['gzip', gzipSync('{}')],
    ['deflate', deflateSync('{}')],
    ['br', Buffer.from('{}')],
  ])('refuses content-encoding %s, and requests none', async (encoding, body) => {
    const server = await startWebServer((request, response) => {
      expect(request.headers['accept-encoding']).toBe('identity');
      response.writeHead(200, { 'content-encoding': encoding }).end(body);
    });
    await refuse(onLoopback(server.url), 'An issuer’s key document is compressed, which is not supported.');
  });

  test('accepts 65,536 bytes and not one more, with and without content-length', async () => {
    const padded = (size: number) => `{}${' '.repeat(size - 2)}`;
    const server = await startWebServer(json(padded(65_536)));
    expect(await onLoopback(server.url)).toEqual({});
    server.answer = json(padded(65_537));
    await refuse(onLoopback(server.url), 'An issuer’s key document is larger than 64 KiB.');
    server.answer = (_request, response) => {
      response.write(padded(40_000));
      response.end(' '.repeat(25_537));
    };
    await refuse(onLoopback(server.url), 'An issuer’s key document is larger than 64 KiB.');
  });

  test('stops reading a body that never ends', async () => {
    const server = await startWebServer((_request, response) => {
      const more = () => response.write(' '.repeat(16_384), (error) => error ?? more());
      more();
    });
    await refuse(onLoopback(server.url), 'An issuer’s key document is larger than 64 KiB.');
  });

  test.each(['header', 'body'])('gives up if the %s does not arrive in time', async (part) => {
    const server = await startWebServer((_request, response) => {
      if (part === 'body') response.write('{');
    });
    await refuse(createJsonFetcher({ allowLoopback: true, timeout: 50 })(server.url), NO_ANSWER);
  });

  test('gives up if the connection breaks in the middle', async () => {
    const server = await startWebServer((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"keys"', () => response.destroy());
    });
    await refuse(onLoopback(server.url), NO_ANSWER);
  });

  test('gives up if nothing listens, or the server does not speak TLS', async () => {
    const server = await startWebServer(json({}));
    await refuse(onLoopback(server.url.replace('http:', 'https:')), NO_ANSWER);
    await refuse(onLoopback('http://127.0.0.1:1/k'), NO_ANSWER);
  });

  test('gives up if the certificate is not from a known authority', async () => {
    const server = createServer(selfSigned(), (_request, response) => response.end('{}'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    await refuse(onLoopback(`https://127.0.0.1:${(server.address() as AddressInfo).port}/k`), NO_ANSWER);
  });

  test.each([
    ['<html>', 'The body is not valid JSON.'],
    ['', 'The body is not valid JSON.'],
    ['{"keys":[],"keys":[]}', 'The JSON contains the same member twice.'],
    ['\ufeff{}', 'The JSON starts with a byte order mark.'],
    ['['.repeat(33) + ']'.repeat(33), 'The JSON is nested too deeply.'],
  ])('refuses the body %j', async (body, text) => {
    const server = await startWebServer(json(body));
    await refuse(onLoopback(server.url), text);
  });
});
