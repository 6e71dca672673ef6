import { afterEach, describe, expect, it } from 'vitest';
import { fromBase64url, toBase64url } from '../../lib/wire/bytes.ts';
import { OPERATIONS, type Operation, typOf } from '../../lib/wire/operations.ts';
import { open, seal } from '../../lib/xkey/box.ts';
import { generateXkey, parsePublicXkey, type XkeyPair } from '../../lib/xkey/keys.ts';
import { type Reply, startBroker, type TestBroker } from '../kit/broker.ts';
import { expectRefusal, expectSealedRefusal } from '../kit/refusals.ts';
import { TEST_NOW } from '../kit/test-issuer.ts';

let broker: TestBroker;
afterEach(() => broker.close());

const CANNOT_OPEN = { code: 'invalid_recipient', text: 'The sealed message cannot be opened.' } as const;
const SHAPE = 'A member of the request is missing, unknown or not valid.';
const OTHER_TYPE = {
  code: 'invalid_request',
  text: 'The typ of the sealed request is for another endpoint.',
} as const;
const QUESTIONS: Readonly<Record<Operation, object>> = {
  get: { secret: 'a' },
  'batch-get': { secrets: [{ secret: 'a' }] },
  list: {},
  'can-i': { secret: 'a' },
};

const start = async (options = {}) => {
  broker = await startBroker({ mappings: [{ secret: 'a' }], values: { a: 'the value' }, ...options });
};

function post(operation: Operation, body: string | object, recipient?: XkeyPair): Promise<Reply> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const headers = { 'content-type': 'application/json' };
  return broker.send(`/v1/${operation}`, { method: 'POST', headers, body: text }, recipient);
}

describe('refusals of a sealed request', () => {
  it('are sealed once it is opened, whatever refuses', async () => {
    await start();
    const cases = [
      [{ token: 'a.b.c' }, { code: 'invalid_token', text: 'The token is malformed.' }],
      [{ secret: 'b' }, { code: 'access_denied' }],
      [{ version: 7 }, { code: 'not_found' }],
      [{ iat: TEST_NOW - 121 }, { code: 'stale_request' }],
      [{ feild: 'x' }, { code: 'invalid_request', text: SHAPE, pointer: '/feild' }],
      [{ nonce: 'short' }, { code: 'invalid_request', text: SHAPE, pointer: '/nonce' }],
      [{ typ: 'waxseal.get.v1' }, OTHER_TYPE],
      [{ typ: undefined }, OTHER_TYPE],
    ] as const;
    for (const [inside, refusal] of cases) {
      const { body, recipient, requestHash } = await broker.sealedBody('get', QUESTIONS.get as never, { inside });
      expectSealedRefusal(await post('get', body, recipient), requestHash, refusal);
      expect(broker.logs.at(-1)).toMatchObject({ code: refusal.code, sealed: true, recipient: recipient.text });
    }
  });

  it('are sealed even if the content is not a request at all', async () => {
    await start();
    for (const content of ['', 'text', '[]', '{"a":1,"a":2}', '\ufeff{}', '{"__proto__":1}', '['.repeat(40)]) {
      const recipient = generateXkey();
      const body = {
        recipient: recipient.text,
        broker_key: broker.keys.current.text,
        sealed: toBase64url(seal(Buffer.from(content), broker.keys.current, recipient)),
      };
      const { status, envelope } = await post('get', body, recipient);
      expect([status, envelope?.typ]).toEqual([400, 'waxseal.error.v1']);
    }
  });

  it('are in clear if it could not be opened', async () => {
    await start();
    const good = JSON.parse((await broker.sealedBody('get', { secret: 'a' })).body);
    const foreign = generateXkey().text;
    expectRefusal(await post('get', { ...good, broker_key: foreign }), { code: 'unknown_broker_key' });
    expectRefusal(await post('get', { ...good, broker_key: 'nonsense' }), { code: 'unknown_broker_key' });
    expectRefusal(await post('get', { ...good, recipient: foreign }), CANNOT_OPEN);
    expectRefusal(await post('get', { ...good, sealed: '' }), CANNOT_OPEN);
    expectRefusal(await post('get', { ...good, sealed: good.sealed.slice(0, -4) }), CANNOT_OPEN);
    expectRefusal(await post('get', { ...good, sealed: `${good.sealed}=` }), {
      code: 'invalid_request',
      text: 'The sealed message is not base64url.',
      pointer: '/sealed',
    });
    expectRefusal(await post('get', { ...good, sealed: 'AB' }), {
      code: 'invalid_request',
      text: 'The sealed message is not base64url.',
      pointer: '/sealed',
    });
    expectRefusal(await post('get', { ...good, secret: 'a' }), {
      code: 'invalid_request',
      text: SHAPE,
      pointer: '/secret',
    });
  });
});

describe('a sealed request', () => {
  it('belongs to one path: each type is accepted on its own path only', async () => {
    await start();
    for (const made of OPERATIONS) {
      for (const path of OPERATIONS) {
        const { body, recipient, requestHash } = await broker.sealedBody(made, QUESTIONS[made] as never);
        const reply = await post(path, body, recipient);
        if (made === path) {
          expect(reply.status).toBe(200);
          expect(reply.envelope).toMatchObject({ typ: typOf(path), request: requestHash });
        } else expectSealedRefusal(reply, requestHash, OTHER_TYPE);
      }
    }
  });

  it('is fresh for 120 seconds before and after its iat', async () => {
    await start();
    for (const [iat, status] of [
      [TEST_NOW - 121, 401],
      [TEST_NOW - 120, 200],
      [TEST_NOW + 120, 200],
      [TEST_NOW + 121, 401],
    ] as const) {
      expect([iat, (await broker.sealed('get', { secret: 'a' }, { inside: { iat } })).status]).toEqual([iat, status]);
    }
    broker.clock.now += 1;
    const late = { inside: { iat: TEST_NOW - 120 } };
    expect((await broker.sealed('get', { secret: 'a' }, late)).status).toBe(401);
  });

  it('has its token and proof inside, and nowhere else', async () => {
    await start();
    const text = 'A sealed request carries its token and proof inside, not in headers.';
    for (const headers of [{ authorization: `Bearer ${await broker.issuer.token()}` }, { dpop: 'a.b.c' }]) {
      const reply = await broker.sealed('get', { secret: 'a' }, { headers });
      expectSealedRefusal(reply, undefined, { code: 'invalid_request', text });
    }
  });

  it('is refused with any bit of it changed', async () => {
    await start();
    const { body } = await broker.sealedBody('list', {});
    const outer = JSON.parse(body);
    const sealed = fromBase64url(outer.sealed)!;
    for (let bit = 0; bit < sealed.length * 8; bit += 7) {
      const changed = Uint8Array.from(sealed);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expectRefusal(await post('list', { ...outer, sealed: toBase64url(changed) }), CANNOT_OPEN);
    }
    expect((await post('list', outer)).status).toBe(200);
  });

  it('is not an answer: an answer sent back as a request is refused, by its key or by its type', async () => {
    await start();
    const recipient = generateXkey();
    const { body: answer } = await broker.plain('get', { secret: 'a' }, { recipient });
    const { sender, sealed } = answer as { sender: string; sealed: string };
    const current = broker.keys.current.text;
    expectRefusal(await post('get', { recipient: sender, broker_key: current, sealed }), CANNOT_OPEN);
    expectRefusal(await post('get', { recipient: recipient.text, broker_key: current, sealed }), CANNOT_OPEN);
    expectRefusal(await post('get', { recipient: sender, broker_key: recipient.text, sealed }), {
      code: 'unknown_broker_key',
    });
    // Opened by its holder and sealed again to the broker, it is still of the wrong type.
    const opened = open(fromBase64url(sealed)!, parsePublicXkey(sender), recipient);
    const again = toBase64url(seal(opened, broker.keys.current, recipient));
    const reply = await post('get', { recipient: recipient.text, broker_key: current, sealed: again }, recipient);
    expectSealedRefusal(reply, undefined, OTHER_TYPE);
  });

  it('is answered with a fresh sender each time', async () => {
    await start();
    const senders = new Set<unknown>();
    for (let i = 0; i < 50; i++) senders.add((await broker.sealed('get', { secret: 'a' })).body.sender);
    expect(senders.size).toBe(50);
  });
});
