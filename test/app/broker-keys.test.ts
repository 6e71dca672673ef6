import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { type BrokerKeySet, firstBrokerKeys, rotate } from '../../lib/keys/broker-key-set.ts';
import { toBase64url } from '../../lib/wire/bytes.ts';
import { WaxsealError } from '../../lib/wire/errors.ts';
import { seal } from '../../lib/xkey/box.ts';
import { generateXkey, type XkeyPair } from '../../lib/xkey/keys.ts';
import { startBroker, type TestBroker } from '../kit/broker.ts';
import { expectRefusal } from '../kit/refusals.ts';
import { TEST_NOW } from '../kit/test-issuer.ts';

let broker: TestBroker;
afterEach(() => broker.close());

describe('the broker’s keys', () => {
  const DAY = 86_400_000;

  /** A broker whose stored key set the test can change. */
  async function rotating() {
    let set: BrokerKeySet = firstBrokerKeys();
    let loads = 0;
    let down: (() => Promise<never>) | undefined;
    const loadKeys = async () => {
      loads++;
      return down === undefined ? set : down();
    };
    broker = await startBroker({ mappings: [{ secret: 'a' }], values: { a: 'v' }, foundation: { loadKeys } });
    const ask = async (key: XkeyPair) => {
      const recipient = generateXkey();
      const content = {
        typ: 'waxseal.get.v1.request',
        token: await broker.issuer.token({ exp: TEST_NOW + 90 * 86_400 }),
        nonce: toBase64url(randomBytes(16)),
        iat: Math.floor(broker.clock.now / 1000),
        secret: 'a',
      };
      const sealed = toBase64url(seal(Buffer.from(JSON.stringify(content)), key, recipient));
      const body = JSON.stringify({ recipient: recipient.text, broker_key: key.text, sealed });
      const headers = { 'content-type': 'application/json' };
      return broker.send('/v1/get', { method: 'POST', headers, body }, recipient);
    };
    return {
      ask,
      first: set,
      rotate: () => {
        set = rotate(set, broker.clock.now, 7);
        return set;
      },
      loads: () => loads,
      breakDown: (how: (() => Promise<never>) | undefined) => {
        down = how;
      },
    };
  }

  it('current, next and previous open requests; a previous one until its date, to the millisecond', async () => {
    const { ask, first, rotate: turn } = await rotating();
    expect((await ask(first.current)).status).toBe(200);
    expect((await ask(first.next!)).status).toBe(200);
    const second = turn();
    broker.clock.now += 300_000; // the set is at most five minutes old
    for (const key of [second.current, second.next!, first.current]) {
      const { status, envelope } = await ask(key);
      expect(status).toBe(200);
      expect(envelope?.keys).toEqual({ current: second.current.text, next: second.next!.text });
    }
    broker.clock.now += 7 * DAY - 300_000 - 1;
    expect((await ask(first.current)).status).toBe(200);
    broker.clock.now += 1;
    expectRefusal(await ask(first.current), { code: 'unknown_broker_key' });
  });

  it('a rotation loses no request: a key that this process has not seen yet is looked up at once', async () => {
    const { ask, rotate: turn } = await rotating();
    await broker.send('/v1/keys', { method: 'GET' });
    turn();
    const third = turn();
    broker.clock.now += 10_000;
    expect((await ask(third.next!)).status).toBe(200);
  });

  it('an unknown key costs one lookup every ten seconds, however many requests use it', async () => {
    const { ask, loads } = await rotating();
    await broker.send('/v1/keys', { method: 'GET' });
    broker.clock.now += 10_000;
    const foreign = generateXkey();
    for (let i = 0; i < 20; i++) expectRefusal(await ask(foreign), { code: 'unknown_broker_key' });
    expect(loads()).toBe(2);
  });

  it('GET /v1/keys shows the public keys, previous ones until their date', async () => {
    const { first, rotate: turn } = await rotating();
    const second = turn();
    const keys = async () => (await broker.send('/v1/keys', { method: 'GET' })).body;
    const shown = { current: second.current.text, next: second.next!.text };
    expect(await keys()).toEqual({ ...shown, previous: [first.current.text] });
    broker.clock.now += 7 * DAY;
    expect(await keys()).toEqual({ ...shown, previous: [] });
  });

  it('keep working while their store is down, whether it fails or does not answer', async () => {
    const { ask, first, breakDown } = await rotating();
    await ask(first.current);
    for (const how of [
      () => Promise.reject(new WaxsealError('store_unavailable')),
      () => new Promise<never>(() => {}), // waited for a second, by one request
    ]) {
      breakDown(how);
      broker.clock.now += 300_000;
      expect((await ask(first.current)).status).toBe(200);
      expect((await ask(first.next!)).status).toBe(200);
    }
  });

  it('are read again if their first read, started by another request or by the process itself, fails', async () => {
    const first = Promise.withResolvers<never>();
    let reads = 0;
    broker = await startBroker({
      foundation: { loadKeys: () => (reads++ === 0 ? first.promise : Promise.resolve(firstBrokerKeys())) },
    });
    const [began, joined] = [broker.send('/v1/keys', { method: 'GET' }), broker.send('/v1/keys', { method: 'GET' })];
    first.reject(new WaxsealError('store_unavailable'));
    expect((await began).status).toBe(503);
    expect((await joined).status).toBe(200);
    expect(reads).toBe(2);
  });

  it('that cannot be read at first cause a 503 in clear, and are read by the next request', async () => {
    const { ask, first, breakDown } = await rotating();
    const down = () => Promise.reject(new WaxsealError('store_unavailable', undefined, { retryAfter: 3 }));
    breakDown(down);
    for (const reply of [await ask(first.current), await broker.send('/v1/keys', { method: 'GET' })]) {
      expectRefusal(reply, { code: 'store_unavailable' });
      expect(reply.headers.get('retry-after')).toBe('3');
    }
    breakDown(undefined);
    expect((await ask(first.current)).status).toBe(200);
  });
});
