import { describe, expect, it } from 'vitest';
import { WaxsealClient, type WaxsealClientOptions } from 'waxseal';
import { WaxsealError } from '../../../lib/wire/errors.ts';
import { generateXkey } from '../../../lib/xkey/keys.ts';
import { answer, json, type Move, refuse, refuseInClear, scriptedBroker } from '../../kit/scripted-broker.ts';
import { unsignedToken } from '../../kit/unsigned-token.ts';

const NOW = Date.UTC(2026, 10, 22, 10);
const STRIPE = { secret: 'payments/stripe', version: 4, string: 'value', refresh_after: '2026-11-22T10:01:00Z' };
const REFUSED = { refuse: (code: string, text: string) => expect.objectContaining({ code, message: text }) };

/** A client whose clock stands still but for its pauses, before a broker that makes these moves. */
function setUp(moves: readonly Move[], options: Partial<WaxsealClientOptions> = {}) {
  const broker = scriptedBroker(moves);
  const pauses: number[] = [];
  let now = NOW;
  const client = new WaxsealClient({
    url: 'https://secrets.example.com/',
    brokerKeys: broker.xkey.text,
    token: async () => unsignedToken(),
    fetch: broker.fetch,
    runtime: {
      now: () => now,
      random: () => 0.5,
      async wait(ms) {
        pauses.push(ms);
        now += ms;
      },
    },
    ...options,
  });
  return { client, broker, pauses };
}

describe('a sealed request', () => {
  it('holds the token, a fresh nonce, the time and the question, and shows none of them', async () => {
    const { client, broker } = setUp([answer({ ...STRIPE, field: 'api_key' })]);
    await client.get({ secret: 'payments/stripe', field: 'api_key', version: 'current' });
    const [request] = broker.requests;
    expect(request!.url).toBe('https://secrets.example.com/v1/get');
    expect(request!.question).toEqual({
      typ: 'waxseal.get.v1.request',
      token: unsignedToken(),
      nonce: expect.stringMatching(/^[\w-]{32}$/),
      iat: NOW / 1000,
      secret: 'payments/stripe',
      field: 'api_key',
      version: 'current',
    });
    expect([...request!.headers.keys()].sort()).toEqual(['accept', 'content-type', 'x-amz-content-sha256']);
  });

  it('has another recipient and nonce each time, unless something ties the token to a key', async () => {
    const { client, broker } = setUp([answer(STRIPE)]);
    await client.get('payments/stripe');
    await client.get('payments/stripe');
    const [first, second] = broker.requests;
    expect(first!.recipient).not.toBe(second!.recipient);
    expect(first!.question.nonce).not.toBe(second!.question.nonce);
  });
});

describe('get', () => {
  it('returns a secret with its facts', async () => {
    const { client } = setUp([answer(STRIPE)]);
    const secret = await client.get('payments/stripe');
    expect(secret.reveal()).toBe('value');
    expect(secret).toMatchObject({ secret: 'payments/stripe', version: 4, field: undefined, kind: 'string' });
    expect(secret.refreshAfter).toEqual(new Date('2026-11-22T10:01:00Z'));
  });

  it('takes a reference', async () => {
    const { client, broker } = setUp([answer({ ...STRIPE, field: 'a b' })]);
    await client.get('waxseal://payments/stripe?field=a%20b&version=4');
    expect(broker.requests[0]!.question).toMatchObject({ secret: 'payments/stripe', field: 'a b', version: 4 });
  });

  it('returns bytes as bytes', async () => {
    const { client } = setUp([answer({ ...STRIPE, string: undefined, binary: 'AP8' })]);
    const secret = await client.get('payments/stripe');
    expect(secret.kind).toBe('binary');
    expect([...secret.revealBytes()]).toEqual([0, 255]);
  });

  it('says that a known version is still the one asked for', async () => {
    const { client, broker } = setUp([answer({ ...STRIPE, string: undefined, unchanged: true })]);
    const reply = await client.get({ secret: 'payments/stripe', knownVersion: 4 });
    expect(reply).toMatchObject({ unchanged: true, secret: 'payments/stripe', version: 4 });
    expect(broker.requests[0]!.question.known_version).toBe(4);
  });

  it('refuses an invalid name, before any request', async () => {
    const { client, broker } = setUp([answer(STRIPE)]);
    await expect(client.get('payments//stripe')).rejects.toMatchObject({ code: 'invalid_request' });
    for (const wrong of [{ name: 'a' }, { secret: 'a', feild: 'x' }, null, undefined, 5, ['a']])
      await expect(client.get(wrong as never)).rejects.toMatchObject({
        code: 'invalid_request',
        message: 'A request has the members secret, field, version and knownVersion, and no others.',
      });
    await expect(client.get({ secret: 5 } as never)).rejects.toMatchObject({ code: 'invalid_request' });
    expect(broker.requests).toHaveLength(0);
  });

  it('shows the broker’s keys that it saw, and keeps its pins', async () => {
    const next = generateXkey().text;
    const { client, broker } = setUp([answer({ ...STRIPE, keys: { current: 'X', next } })]);
    expect(client.seenBrokerKeys).toBeUndefined();
    await client.get('payments/stripe');
    expect(client.seenBrokerKeys).toEqual({ current: 'X', next });
    await client.get('payments/stripe');
    expect(broker.requests[1]!.brokerKey).toBe(broker.xkey.text);
  });
});

describe('the other operations', () => {
  it('batchGet returns a secret or a refusal for each, in order', async () => {
    const { client, broker } = setUp([
      answer(
        { secrets: [STRIPE, { secret: 'db/main', error: { code: 'not_found', message: 'None.' } }] },
        'waxseal.batch.v1',
      ),
    ]);
    const [stripe, db] = await client.batchGet(['payments/stripe', { secret: 'db/main', version: 2 }]);
    expect(stripe).toMatchObject({ secret: 'payments/stripe' });
    expect(db).toBeInstanceOf(WaxsealError);
    expect(db).toMatchObject({ code: 'not_found', message: 'None.', requestId: 'req-1' });
    expect(broker.requests[0]!.url).toMatch(/\/v1\/batch-get$/);
    expect(broker.requests[0]!.question).toMatchObject({
      typ: 'waxseal.batch.v1.request',
      secrets: [{ secret: 'payments/stripe' }, { secret: 'db/main', version: 2 }],
    });
  });

  it('batchGet of nothing sends no request', async () => {
    const { client, broker } = setUp([refuse('invalid_request', 400)]);
    expect(await client.batchGet([])).toEqual([]);
    expect(broker.requests).toHaveLength(0);
  });

  it('batchGet refuses entries that are missing or in another order', async () => {
    const { client } = setUp([answer({ secrets: [STRIPE] }, 'waxseal.batch.v1')]);
    await expect(client.batchGet(['payments/stripe', 'db/main'])).rejects.toMatchObject({ code: 'internal_error' });
    await expect(client.batchGet(['db/main'])).rejects.toMatchObject({ code: 'internal_error' });
  });

  it('listAll goes from page to page', async () => {
    const { client, broker } = setUp([
      answer({ secrets: [{ secret: 'a/b', version: 1 }], next: 'more' }, 'waxseal.list.v1'),
      answer({ secrets: [{ secret: 'a/c', version: 'current', fields: ['x'] }] }, 'waxseal.list.v1'),
    ]);
    const names: string[] = [];
    for await (const { secret } of client.listAll({ prefix: 'a/' })) names.push(secret);
    expect(names).toEqual(['a/b', 'a/c']);
    expect(broker.requests.map(({ question }) => [question.prefix, question.next])).toEqual([
      ['a/', undefined],
      ['a/', 'more'],
    ]);
  });

  it('canI says what is missing', async () => {
    const missing = [{ kind: 'claim', claim: 'environment' }];
    const { client } = setUp([answer({ allowed: false, code: 'access_denied', missing }, 'waxseal.can-i.v1')]);
    expect(await client.canI('payments/stripe')).toEqual({ allowed: false, code: 'access_denied', missing });
    const allowing = setUp([answer({ allowed: true }, 'waxseal.can-i.v1')]);
    expect(await allowing.client.canI('payments/stripe')).toEqual({ allowed: true });
  });
});

describe('refusals', () => {
  it('that are sealed keep their code, text and request id', async () => {
    const { client, broker } = setUp([refuse('not_found', 404, 'There is no such field.')]);
    await expect(client.get('payments/stripe')).rejects.toMatchObject({
      code: 'not_found',
      message: 'There is no such field.',
      requestId: 'req-1',
    });
    expect(broker.requests).toHaveLength(1);
  });

  it('with a code that this client does not know are internal_error', async () => {
    const { client } = setUp([refuse('made_up', 418)]);
    await expect(client.get('payments/stripe')).rejects.toEqual(
      REFUSED.refuse(
        'internal_error',
        'The broker refused for a reason that this version of the client does not know.',
      ),
    );
  });

  it('whose text a terminal might obey get the fixed text', async () => {
    const { client } = setUp([refuse('not_found', 404, '\x1b[2Jgone')]);
    await expect(client.get('payments/stripe')).rejects.toEqual(
      REFUSED.refuse('not_found', 'There is no such secret, version or field.'),
    );
  });

  it.each([
    ['invalid_request', 400],
    ['invalid_recipient', 400],
    ['unknown_broker_key', 400],
    ['method_not_allowed', 405],
    ['too_large', 413],
    ['internal_error', 500],
  ])('in clear, %s is believed: it stops the broker from opening the request', async (code, status) => {
    const { client, broker } = setUp([refuseInClear(code, status)]);
    await expect(client.get('payments/stripe')).rejects.toMatchObject({ code, requestId: 'req-clear' });
    expect(broker.requests).toHaveLength(1);
  });
});

describe('trying again', () => {
  const again: readonly [string, Move][] = [
    ['a sealed store_unavailable', refuse('store_unavailable', 503)],
    ['a sealed rate_limited', refuse('rate_limited', 429)],
    ['audit_unavailable in clear', refuseInClear('audit_unavailable', 503)],
    ['Lambda’s own 429', () => json({ Reason: 'ConcurrentInvocationLimitExceeded' }, 429)],
    ['a gateway’s 502', () => new Response('Bad Gateway', { status: 502 })],
    ['a gateway’s 504', () => new Response('', { status: 504 })],
    ['a broken connection', () => Promise.reject(new TypeError('fetch failed'))],
  ];
  it.each(again)('after %s: same token and recipient, new nonce', async (_name, move) => {
    const { client, broker, pauses } = setUp([move, answer(STRIPE)]);
    expect((await client.get('payments/stripe')).reveal()).toBe('value');
    const [first, second] = broker.requests;
    expect(second!.recipient).toBe(first!.recipient);
    expect(second!.question.token).toBe(first!.question.token);
    expect(second!.question.nonce).not.toBe(first!.question.nonce);
    expect(pauses).toEqual([100]);
  });

  it('ends after three attempts, with pauses that grow', async () => {
    const { client, broker, pauses } = setUp([refuse('store_unavailable', 503)]);
    await expect(client.get('payments/stripe')).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(broker.requests).toHaveLength(3);
    expect(pauses).toEqual([100, 200]);
  });

  it('waits as long as Retry-After says', async () => {
    const { client, pauses } = setUp([refuse('rate_limited', 429, 'x', { 'retry-after': '2' }), answer(STRIPE)]);
    await client.get('payments/stripe');
    expect(pauses).toEqual([2100]);
  });

  it('does not start a wait that would outlast the call', async () => {
    const { client, pauses } = setUp([refuse('rate_limited', 429, 'Later.', { 'retry-after': '60' })]);
    await expect(client.get('payments/stripe')).rejects.toMatchObject({ code: 'rate_limited', retryAfter: 60 });
    expect(pauses).toEqual([]);
  });

  it('does not happen after a refusal', async () => {
    for (const code of ['access_denied', 'replayed', 'stale_request', 'internal_error']) {
      const { client, broker } = setUp([refuse(code, 403)]);
      await expect(client.get('payments/stripe')).rejects.toMatchObject({ code });
      expect(broker.requests).toHaveLength(1);
    }
  });

  it('ends when the caller’s signal aborts', async () => {
    const giveUp = new AbortController();
    const { client } = setUp([
      (request) =>
        new Promise((_, reject) => {
          request.signal.addEventListener('abort', () => reject(request.signal.reason));
          giveUp.abort();
        }),
    ]);
    await expect(client.get('payments/stripe', { signal: giveUp.signal })).rejects.toEqual(
      REFUSED.refuse('store_unavailable', 'The caller aborted the call.'),
    );
  });

  it('ends when the time for the call is up', async () => {
    const { client } = setUp(
      [
        (request) =>
          new Promise((_, reject) => request.signal.addEventListener('abort', () => reject(request.signal.reason))),
      ],
      { timeoutMs: 5 },
    );
    await expect(client.get('payments/stripe')).rejects.toEqual(
      REFUSED.refuse('store_unavailable', 'No answer came in time.'),
    );
  });
});

describe('pins', () => {
  it('the client tries the next one if the broker does not hold the first, and stays with it', async () => {
    const old = generateXkey().text;
    const present = generateXkey();
    const move: Move = (request) =>
      request.brokerKey === old ? refuseInClear('unknown_broker_key', 400)(request) : answer(STRIPE)(request);
    const broker = scriptedBroker([move], present);
    const { client } = setUp([move], { brokerKeys: [old, present.text], fetch: broker.fetch });
    await client.get('payments/stripe');
    await client.get('payments/stripe');
    expect(broker.requests.map(({ brokerKey }) => brokerKey)).toEqual([old, present.text, present.text]);
    expect(broker.requests.every(({ url }) => url.endsWith('/v1/get'))).toBe(true);
  });

  it('the client fails after the last one, and asks for no other keys', async () => {
    const { client, broker } = setUp([refuseInClear('unknown_broker_key', 400)], {
      brokerKeys: [generateXkey().text, generateXkey().text],
    });
    await expect(client.get('payments/stripe')).rejects.toMatchObject({ code: 'unknown_broker_key' });
    expect(broker.requests).toHaveLength(2);
  });
});

describe('a wrong option is reported at once', () => {
  const good = { url: 'https://b.example', brokerKeys: generateXkey().text, token: async () => '' };
  it.each<[string, object, string]>([
    ['no URL', { url: 'b.example' }, 'The url must be the broker’s'],
    ['credentials in the URL', { url: 'https://a:b@b.example' }, 'The url must be the broker’s'],
    ['another scheme', { url: 'file:///etc' }, 'The url must be the broker’s'],
    ['no pin', { brokerKeys: [] }, 'brokerKeys must hold'],
    ['a pin that is not an xkey', { brokerKeys: 'XABC' }, 'Not a valid broker key.'],
    ['no token source', { token: 'eyJ' }, 'token must be a token source'],
    ['too many retries', { retries: 3 }, 'retries must be 0, 1 or 2'],
    ['an unknown option', { timeout: 5 }, 'The options are url, brokerKeys, token,'],
    ['no time', { timeoutMs: 0 }, 'timeoutMs must be a positive'],
  ])('%s', (_name, change, text) => {
    const make = () => new WaxsealClient({ ...good, ...change });
    expect(make).toThrow(WaxsealError);
    expect(make).toThrow(text);
  });
});
