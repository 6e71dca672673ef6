import { afterEach, describe, expect, it } from 'vitest';
import { Secret, WaxsealError } from 'waxseal';
import { runCli } from '../../lib/cli/program.ts';
import type { SecretReader } from '../../lib/stores/store.ts';
import { generateXkey } from '../../lib/xkey/keys.ts';
import { BROKER_URL, startBroker, type TestBroker, type TestBrokerOptions } from '../kit/broker.ts';
import { boundTokens, clientOf, fetchFrom } from '../kit/broker-client.ts';
import { recordedTerminal } from '../kit/recorded-terminal.ts';
import { TEST_AUDIENCE } from '../kit/test-issuer.ts';

const STRIPE = 'payments/stripe';
const VALUES = { [STRIPE]: '{"api_key":"k-1","id":7}', 'payments/cert': Uint8Array.of(0, 255, 10), 'db/main': 'pw' };

let broker: TestBroker;
afterEach(() => broker.close());

async function start(options: TestBrokerOptions = {}): Promise<TestBroker> {
  broker = await startBroker({ values: VALUES, mappings: [{ secret: 'payments/*' }], ...options });
  return broker;
}

describe('the client and the real broker', () => {
  it('get: a whole secret, a field, bytes', async () => {
    const client = clientOf(await start());
    const whole = await client.get(STRIPE);
    expect(whole).toBeInstanceOf(Secret);
    expect(whole).toMatchObject({ secret: STRIPE, version: 1, kind: 'string' });
    expect(whole.refreshAfter).toEqual(new Date(broker.clock.now + 60_000));
    expect(whole.json()).toEqual({ api_key: 'k-1', id: 7 });
    expect((await client.get(`waxseal://${STRIPE}?field=api_key`)).reveal()).toBe('k-1');
    expect([...(await client.get('payments/cert')).revealBytes()]).toEqual([0, 255, 10]);
    expect(broker.logs.every((log) => log.sealed)).toBe(true);
  });

  it('get: versions, and no value if the known version is still the current one', async () => {
    const client = clientOf(await start());
    const { version } = await client.get(STRIPE);
    expect(await client.get({ secret: STRIPE, knownVersion: version })).toMatchObject({ unchanged: true, version });
    await broker.setValues({ ...VALUES, [STRIPE]: 'new' });
    const changed = await client.get({ secret: STRIPE, knownVersion: version });
    expect(changed).toMatchObject({ unchanged: false, version: 2 });
    expect((await client.get({ secret: STRIPE, version: 'previous' })).json()).toMatchObject({ api_key: 'k-1' });
    expect((await client.get({ secret: STRIPE, version: 1 })).version).toBe(1);
  });

  it('refusals are the same errors, with the request id of the broker’s log', async () => {
    const client = clientOf(await start());
    const refused = async (name: string) => {
      const error = await client.get(name).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(WaxsealError);
      const { code, requestId } = error as WaxsealError;
      expect(requestId).toBe(broker.logs.at(-1)!.request_id);
      return code;
    };
    expect(await refused('db/main')).toBe('access_denied');
    expect(await refused('payments/none')).toBe('not_found');
    expect(await refused(`waxseal://${STRIPE}?field=none`)).toBe('not_found');
    await broker.map([]);
    expect(await refused(STRIPE)).toBe('access_denied');
  });

  it('a field of what is not a strict JSON object: the reason, in get and batch, but only if a mapping allows it', async () => {
    const values = {
      'payments/comma': '{"a":"canary",}',
      'payments/mark': '\ufeff{"a":"canary"}',
      'payments/twice': '{"a":"canary","a":"b"}',
      'payments/list': '["canary"]',
      'payments/number': '42',
      'payments/text': 'canary-text',
      'payments/bytes': Uint8Array.of(0, 255, 10),
      'payments/other': '{"b":"canary"}',
      'db/comma': '{"a":"canary",}',
    };
    const client = clientOf(await start({ values }));
    const no = (why: string) => ({
      code: 'not_found',
      message: `The secret is not a strict JSON object: ${why}`,
    });
    const expected = {
      'payments/comma': no('it has a trailing comma.'),
      'payments/mark': no('it starts with a byte order mark.'),
      'payments/twice': no('it contains the same member twice.'),
      'payments/list': no('it is a JSON array.'),
      'payments/number': no('it is a JSON number.'),
      'payments/text': no('it is not valid JSON.'),
      'payments/bytes': no('it is binary and not valid UTF-8.'),
      'payments/other': { code: 'not_found', message: 'The secret has no such field.' },
      'db/comma': { code: 'access_denied', message: 'No mapping allows this.' },
    };
    const wants = Object.keys(expected).map((secret) => ({ secret, field: 'a' }));
    expect(await client.batchGet(wants)).toMatchObject(Object.values(expected));
    for (const want of wants) {
      const refusal = expected[want.secret as keyof typeof expected];
      await expect(client.get(want)).rejects.toMatchObject(refusal);
      const { status, envelope } = await broker.plain('get', want);
      expect([status, envelope]).toEqual([refusal.code === 'not_found' ? 404 : 403, undefined]);
      expect(broker.logs.at(-1)).toMatchObject({ code: refusal.code, reason: refusal.message });
    }
    expect(JSON.stringify(broker.logs)).not.toContain('canary');
  });

  it('a field of an object in bytes is one like any other', async () => {
    const bytes = Buffer.from('{"api_key":"k-ü","id":1.10}');
    const client = clientOf(
      await start({
        values: { [STRIPE]: bytes },
        mappings: [{ secret: STRIPE, fields: ['api_key', 'id'] }],
      }),
    );
    const field = await client.get({ secret: STRIPE, field: 'api_key' });
    expect([field.kind, field.reveal()]).toEqual(['string', 'k-ü']);
    expect((await client.get({ secret: STRIPE, field: 'id' })).reveal()).toBe('1.10');
    await expect(client.get(STRIPE)).rejects.toMatchObject({ code: 'access_denied' });
    await broker.map([{ secret: STRIPE }]);
    expect([...(await client.get(STRIPE)).revealBytes()]).toEqual([...bytes]);
  });

  it('batchGet, listAll and canI', async () => {
    const client = clientOf(await start());
    const [stripe, db, none] = await client.batchGet([
      { secret: STRIPE, field: 'api_key' },
      'db/main',
      'payments/none',
    ]);
    expect((stripe as Secret).reveal()).toBe('k-1');
    expect(db).toMatchObject({ code: 'access_denied' });
    expect(none).toMatchObject({ code: 'not_found' });
    const names: string[] = [];
    for await (const { secret } of client.listAll()) names.push(secret);
    expect(names).toEqual(['payments/cert', STRIPE]);
    const page = await client.list({ limit: 1 });
    expect(page.secrets.map(({ secret }) => secret)).toEqual(['payments/cert']);
    expect((await client.list({ limit: 1, next: page.next })).secrets.map(({ secret }) => secret)).toEqual([STRIPE]);
    expect(await client.canI(STRIPE)).toEqual({ allowed: true });
    expect(await client.canI('db/main')).toEqual({ allowed: false, code: 'access_denied', missing: [] });
  });

  it('canI reports which claim is missing', async () => {
    const client = clientOf(await start({ mappings: [{ secret: STRIPE, claims: { environment: 'production' } }] }));
    const missing = [{ kind: 'claim', claim: 'environment' }];
    expect(await client.canI(STRIPE)).toEqual({ allowed: false, code: 'access_denied', missing });
  });

  it('sees the broker’s keys and keeps its pin', async () => {
    const client = clientOf(await start());
    await client.get(STRIPE);
    expect(client.seenBrokerKeys?.current).toBe(broker.keys.current.text);
  });
});

describe('binding', () => {
  it('a source that binds its tokens meets a demand for that, and one token serves several requests', async () => {
    await start({ issuerEntry: { require: ['sealed', 'audience-bound'] } });
    let made = 0;
    const source = boundTokens(broker);
    const client = clientOf(broker, {
      token: (wanted) => {
        made++;
        return source(wanted);
      },
    });
    await client.get(STRIPE);
    await client.get(STRIPE);
    expect(made).toBe(1);
  });

  it('a stolen bound token is useless with another xkey (threat 11)', async () => {
    await start({ issuerEntry: { require: ['audience-bound'] } });
    const stolen = await broker.issuer.token({ aud: `${TEST_AUDIENCE}#${generateXkey().text}` });
    await expect(clientOf(broker, { token: async () => stolen }).get(STRIPE)).rejects.toMatchObject({
      code: 'invalid_token',
      message: 'The token is bound to another key.',
    });
    await expect(clientOf(broker).get(STRIPE)).rejects.toMatchObject({ code: 'access_denied' });
  });

  it('a token that may be used once serves one client for several requests, and no other (jti: once)', async () => {
    await start({ issuerEntry: { jti: 'once' } });
    const token = await broker.issuer.token({ jti: 'the-only-one' });
    const client = clientOf(broker, { token: async () => token });
    await client.get(STRIPE);
    expect((await client.get(STRIPE)).secret).toBe(STRIPE);
    const thief = clientOf(broker, { token: async () => token });
    await expect(thief.get(STRIPE)).rejects.toMatchObject({ code: 'replayed' });
  });

  it('a token that is refused when it is used again is replaced by a new one', async () => {
    await start({ issuerEntry: { max_token_age: '2m' } });
    let made = 0;
    const client = clientOf(broker, {
      token: ({ audience, xkey }) => {
        made++;
        const iat = Math.floor(broker.clock.now / 1000);
        return broker.issuer.token({ aud: `${audience}#${xkey}`, iat, exp: iat + 3600 });
      },
    });
    await client.get(STRIPE);
    broker.clock.now += 200_000;
    expect((await client.get(STRIPE)).secret).toBe(STRIPE);
    expect(made).toBe(2);
  });
});

describe('when something is down or rotated', () => {
  it('tries again with a new nonce once the store is back', async () => {
    let down = true;
    const wrapStore = (store: SecretReader): SecretReader => ({
      ...store,
      getMany: async (wanted, signal) => {
        if (!down) return store.getMany(wanted, signal);
        down = false;
        throw new WaxsealError('store_unavailable');
      },
    });
    const client = clientOf(await start({ wrapStore }));
    expect((await client.get(STRIPE)).secret).toBe(STRIPE);
    expect(broker.logs.map(({ status }) => status)).toEqual([503, 200]);
  });

  it('finds the pin that the broker holds', async () => {
    await start();
    const client = clientOf(broker, { brokerKeys: [generateXkey().text, broker.keys.current.text] });
    expect((await client.get(STRIPE)).secret).toBe(STRIPE);
    await client.get(STRIPE);
    expect(broker.logs.map(({ status }) => status)).toEqual([400, 200, 200]);
    const alone = clientOf(broker, { brokerKeys: generateXkey().text });
    await expect(alone.get(STRIPE)).rejects.toMatchObject({ code: 'unknown_broker_key' });
  });

  it('reports that the clock is off', async () => {
    await start();
    const runtime = { now: () => broker.clock.now - 121_000, random: () => 0, wait: async () => undefined };
    await expect(clientOf(broker, { runtime }).get(STRIPE)).rejects.toMatchObject({ code: 'stale_request' });
  });
});

describe('waxseal get against the real broker', () => {
  it('prints the value, or the reason for the refusal', async () => {
    await start({ foundation: { now: () => Date.now() } });
    const iat = Math.floor(Date.now() / 1000);
    const env = {
      WAXSEAL_URL: BROKER_URL,
      WAXSEAL_BROKER_KEY: broker.keys.current.text,
      WAXSEAL_TOKEN: await broker.issuer.token({ iat, nbf: iat, exp: iat + 600 }),
    };
    const terminal = recordedTerminal({ env, fetch: fetchFrom(broker) });
    expect(await runCli(['get', `waxseal://${STRIPE}?field=api_key`], terminal)).toBe(0);
    expect(terminal.stdout).toBe('k-1');
    const refused = recordedTerminal({ env, fetch: fetchFrom(broker) });
    expect(await runCli(['get', 'db/main'], refused)).toBe(1);
    expect(refused.stderr).toBe(
      `waxseal: No mapping allows this. (access_denied, request ${broker.logs.at(-1)!.request_id})\n` +
        'hint: Run "waxseal can-i" to see what is missing, then ask whoever runs the broker for a mapping.\n',
    );
  });

  it.each([
    ['{"a":"canary",}', 'it has a trailing comma.'],
    ['{"a":"canary","a":"b"}', 'it contains the same member twice.'],
    [Uint8Array.of(0, 255), 'it is binary and not valid UTF-8.'],
  ])('prints why %j has no fields', async (value, why) => {
    await start({ foundation: { now: () => Date.now() }, values: { [STRIPE]: value } });
    const iat = Math.floor(Date.now() / 1000);
    const env = {
      WAXSEAL_URL: BROKER_URL,
      WAXSEAL_BROKER_KEY: broker.keys.current.text,
      WAXSEAL_TOKEN: await broker.issuer.token({ iat, nbf: iat, exp: iat + 600 }),
    };
    const terminal = recordedTerminal({ env, fetch: fetchFrom(broker) });
    expect(await runCli(['get', STRIPE, '--field', 'a'], terminal)).toBe(1);
    const { request_id } = broker.logs.at(-1)!;
    expect(terminal.stderr).toBe(
      `waxseal: The secret is not a strict JSON object: ${why} (not_found, request ${request_id})\n` +
        'hint: Check the name, --field and --secret-version. "waxseal list" shows what you may read. Only a strict JSON object has fields.\n',
    );
  });
});
