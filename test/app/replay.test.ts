import { afterEach, describe, expect, it } from 'vitest';
import type { Ledger } from '../../lib/audit/ledger.ts';
import { WaxsealError } from '../../lib/wire/errors.ts';
import type { Operation } from '../../lib/wire/operations.ts';
import { generateXkey, type XkeyPair } from '../../lib/xkey/keys.ts';
import { startBroker, type TestBroker, type TestBrokerOptions } from '../kit/broker.ts';
import { expectRefusal, expectSealedRefusal } from '../kit/refusals.ts';
import { TEST_NOW } from '../kit/test-issuer.ts';

let broker: TestBroker;
afterEach(() => broker.close());

const SAME_BYTES = { code: 'replayed', text: 'The same request was already accepted.' } as const;
const OTHER_RECIPIENT = { code: 'replayed', text: 'The token was already used for another recipient.' } as const;
const ONCE = { issuerEntry: { jti: 'once' } } satisfies TestBrokerOptions;

async function start(options: TestBrokerOptions = {}): Promise<void> {
  broker = await startBroker({ mappings: [{ secret: 'a' }], values: { a: 'the value' }, ...options });
}

function post(operation: Operation, body: string, recipient: XkeyPair) {
  const headers = { 'content-type': 'application/json' };
  return broker.send(`/v1/${operation}`, { method: 'POST', headers, body }, recipient);
}

describe('sealed bytes', () => {
  it('are accepted once by every operation, however the body around them is spelt', async () => {
    await start();
    for (const [operation, question] of [
      ['get', { secret: 'a' }],
      ['batch-get', { secrets: [{ secret: 'a' }] }],
      ['list', {}],
      ['can-i', { secret: 'a' }],
    ] as const) {
      const { body, recipient, requestHash } = await broker.sealedBody(operation, question);
      expect((await post(operation, body, recipient)).status).toBe(200);
      const { sealed, broker_key, recipient: text } = JSON.parse(body);
      for (const again of [body, ` ${body} `, JSON.stringify({ sealed, broker_key, recipient: text })])
        expectSealedRefusal(await post(operation, again, recipient), requestHash, SAME_BYTES);
    }
  });

  it('are accepted once up to the last second of their window, and are stale after it', async () => {
    await start();
    const inside = { iat: TEST_NOW + 120 };
    const { body, recipient } = await broker.sealedBody('get', { secret: 'a' }, { inside });
    expect((await post('get', body, recipient)).status).toBe(200);
    broker.clock.now += 240_000;
    expect((await post('get', body, recipient)).envelope).toMatchObject({ error: { code: 'replayed' } });
    broker.clock.now += 1_000;
    expect((await post('get', body, recipient)).envelope).toMatchObject({ error: { code: 'stale_request' } });
  });

  it('that were refused are used up too, with a record of the refusal', async () => {
    await start();
    const { body, recipient } = await broker.sealedBody('get', { secret: 'b' });
    expect((await post('get', body, recipient)).status).toBe(403);
    await broker.map([{ secret: 'b' }]);
    expect((await post('get', body, recipient)).status).toBe(401);
  });

  it('sent 200 times at once are answered with the value once', async () => {
    await start();
    const { body, recipient } = await broker.sealedBody('get', { secret: 'a' });
    const replies = await Promise.all(Array.from({ length: 200 }, () => post('get', body, recipient)));
    expect(replies.filter(({ envelope }) => envelope?.string === 'the value')).toHaveLength(1);
    expect(replies.filter(({ envelope }) => (envelope?.error as { code?: string })?.code === 'replayed')).toHaveLength(
      199,
    );
  });
});

describe('jti: once', () => {
  it('gives the value to exactly one of 1,000 recipients that send copies of one token at once', async () => {
    await start(ONCE);
    const token = await broker.issuer.token();
    const asked = await Promise.all(
      Array.from({ length: 1000 }, (_, i) => broker[i % 2 ? 'sealed' : 'plain']('get', { secret: 'a' }, { token })),
    );
    const got = asked.filter(({ status }) => status === 200);
    expect(got).toHaveLength(1);
    expect(got[0]!.envelope).toMatchObject({ string: 'the value' });
    const refused = asked.filter(({ status }) => status !== 200);
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([401]));
    expect(broker.ledgerRows()).toHaveLength(1);
  });

  it('lets only the recipient ask again with a new nonce, plain or sealed', async () => {
    await start(ONCE);
    const recipient = generateXkey();
    const token = await broker.issuer.token();
    for (let i = 0; i < 3; i++)
      expect((await broker.sealed('get', { secret: 'a' }, { recipient, token })).status).toBe(200);
    expect((await broker.plain('get', { secret: 'a' }, { recipient, token })).status).toBe(200);
    expectRefusal(await broker.plain('get', { secret: 'a' }, { token }), OTHER_RECIPIENT);
    expectSealedRefusal(await broker.sealed('get', { secret: 'a' }, { token }), undefined, OTHER_RECIPIENT);
    expectRefusal(await broker.plain('batch-get', { secrets: [{ secret: 'a' }] }, { token }), OTHER_RECIPIENT);
  });

  it('still refuses the same sealed bytes of that recipient', async () => {
    await start(ONCE);
    const first = await broker.sealedBody('get', { secret: 'a' });
    const token = await broker.issuer.token();
    const { recipient } = first;
    const second = await broker.sealedBody('get', { secret: 'a' }, { recipient, token });
    expect((await post('get', first.body, recipient)).status).toBe(200);
    expect((await post('get', first.body, recipient)).status).toBe(401);
    await post('get', second.body, recipient);
    expectSealedRefusal(await post('get', second.body, recipient), second.requestHash, SAME_BYTES);
  });

  it('is not tied by what releases nothing: refusals, list, can-i', async () => {
    await start(ONCE);
    const token = await broker.issuer.token();
    expect((await broker.sealed('get', { secret: 'b' }, { token })).status).toBe(403);
    const denied = await broker.sealed('batch-get', { secrets: [{ secret: 'b' }, { secret: 'c' }] }, { token });
    expect(denied.envelope?.secrets).toHaveLength(2);
    expect((await broker.sealed('list', {}, { token })).status).toBe(200);
    expect((await broker.sealed('can-i', { secret: 'a' }, { token })).envelope).toMatchObject({ allowed: true });
    expect((await broker.plain('get', { secret: 'a' }, { token })).status).toBe(200);
    expect((await broker.sealed('get', { secret: 'a' }, { token })).status).toBe(401);
  });

  it('is tied by a batch if any part is allowed', async () => {
    await start(ONCE);
    const token = await broker.issuer.token();
    await broker.sealed('batch-get', { secrets: [{ secret: 'b' }, { secret: 'a' }] }, { token });
    expectRefusal(await broker.plain('get', { secret: 'a' }, { token }), OTHER_RECIPIENT);
  });

  it('keeps tokens apart by issuer and jti, and refuses one without', async () => {
    await start(ONCE);
    for (const jti of ['one', 'two', 'x'.repeat(256)])
      expect((await broker.plain('get', { secret: 'a' }, { token: await broker.issuer.token({ jti }) })).status).toBe(
        200,
      );
    const token = await broker.issuer.token({ jti: undefined });
    const text = 'The token has no jti claim, which its issuer’s entry requires.';
    expectRefusal(await broker.plain('get', { secret: 'a' }, { token }), { code: 'invalid_token', text });
  });

  it('holds until the token’s last second', async () => {
    await start(ONCE);
    const token = await broker.issuer.token();
    expect((await broker.plain('get', { secret: 'a' }, { token })).status).toBe(200);
    broker.clock.now = (TEST_NOW + 3600 + 29) * 1000;
    expectRefusal(await broker.plain('get', { secret: 'a' }, { token }), OTHER_RECIPIENT);
    broker.clock.now += 1000;
    expectRefusal(await broker.plain('get', { secret: 'a' }, { token }), {
      code: 'invalid_token',
      text: 'The token has expired.',
    });
  });
});

describe('the record comes before the release', () => {
  /** A ledger that waits for the test, and a store that reports when it has answered. */
  async function gated() {
    const written = Promise.withResolvers<void>();
    const read = Promise.withResolvers<void>();
    const gate = { ledger: Promise.resolve(), store: Promise.resolve() };
    await start({
      wrapLedger: (ledger): Ledger => ({
        async record(...args) {
          await gate.ledger;
          await ledger.record(...args);
          written.resolve();
        },
      }),
      wrapStore: (store) => ({
        get: (...args) => store.get(...args),
        async getMany(...args) {
          await gate.store;
          const values = await store.getMany(...args);
          read.resolve();
          return values;
        },
      }),
    });
    return { gate, written: written.promise, read: read.promise };
  }

  it.each(['plain', 'sealed'] as const)(
    '%s: where the store answers first, and where it answers last',
    async (mode) => {
      for (const slow of ['ledger', 'store'] as const) {
        const { gate, written, read } = await gated();
        const lock = Promise.withResolvers<void>();
        gate[slow] = lock.promise;
        let answered = false;
        const reply = broker[mode]('get', { secret: 'a' }).finally(() => {
          answered = true;
        });
        await (slow === 'ledger' ? read : written);
        await new Promise((resolve) => setImmediate(resolve));
        expect(answered).toBe(false);
        expect(broker.ledgerRows()).toHaveLength(slow === 'ledger' ? 0 : 1);
        lock.resolve();
        expect((await reply).envelope).toMatchObject({ string: 'the value' });
        expect(broker.ledgerRows()).toHaveLength(1);
        if (slow === 'ledger') broker.close();
      }
    },
  );

  it('a record that cannot be written releases nothing, by any operation', async () => {
    const down = new WaxsealError('audit_unavailable', undefined, { retryAfter: 7 });
    await start({ wrapLedger: () => ({ record: () => Promise.reject(down) }) });
    for (const [operation, question] of [
      ['get', { secret: 'a' }],
      ['get', { secret: 'b' }],
      ['batch-get', { secrets: [{ secret: 'a' }] }],
      ['list', {}],
      ['can-i', { secret: 'a' }],
    ] as const) {
      const sealed = await broker.sealed(operation, question);
      expectSealedRefusal(sealed, undefined, { code: 'audit_unavailable' });
      expect(sealed.headers.get('retry-after')).toBe('7');
      const plain = await broker.plain(operation, question);
      expectRefusal(plain, { code: 'audit_unavailable' });
      expect(JSON.stringify([sealed.body, sealed.envelope, plain.body])).not.toContain('the value');
    }
  });
});
