import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { generateXkey } from '../../lib/xkey/keys.ts';
import { startBroker, type TestBroker, type TestBrokerOptions } from '../kit/broker.ts';

let broker: TestBroker;
afterEach(() => broker.close());

const STRIPE = {
  mappings: [{ secret: 'payments/stripe' }],
  values: { 'payments/stripe': '{"api_key":"sk_test","mode":"live"}' },
} satisfies TestBrokerOptions;

describe('get', () => {
  it('returns the value in a box for the recipient, with the hash of the plain request', async () => {
    broker = await startBroker(STRIPE);
    const recipient = generateXkey();
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${await broker.issuer.token()}` };
    const body = JSON.stringify({ recipient: recipient.text, secret: 'payments/stripe' });
    const reply = await broker.send('/v1/get', { method: 'POST', headers, body }, recipient);
    expect(reply.status).toBe(200);
    expect(Object.keys(reply.body).sort()).toEqual(['request_id', 'sealed', 'sender']);
    expect(reply.envelope).toEqual({
      typ: 'waxseal.get.v1',
      request: createHash('sha256').update(body).digest('base64url'),
      secret: 'payments/stripe',
      version: 1,
      string: '{"api_key":"sk_test","mode":"live"}',
      refresh_after: '2026-11-22T02:01:00.000Z',
    });
  });

  it('answers a sealed request with the hash of its opened bytes and the keys to pin', async () => {
    broker = await startBroker(STRIPE);
    const { body, recipient, requestHash } = await broker.sealedBody('get', {
      secret: 'payments/stripe',
      field: 'api_key',
    });
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
    const { envelope } = await broker.send('/v1/get', init, recipient);
    expect(envelope).toMatchObject({
      request: requestHash,
      field: 'api_key',
      string: 'sk_test',
      keys: { current: broker.keys.current.text, next: broker.keys.next!.text },
    });
  });

  it('returns bytes as bytes', async () => {
    broker = await startBroker({ mappings: [{ secret: 'bin' }], values: { bin: Uint8Array.of(0, 255, 10) } });
    const { envelope } = await broker.sealed('get', { secret: 'bin' });
    expect(envelope).toMatchObject({ binary: 'AP8K', version: 1 });
    expect(envelope).not.toHaveProperty('string');
  });

  it('returns current, previous and numbered versions, and reports what is unchanged', async () => {
    broker = await startBroker(STRIPE);
    await broker.setValues({ 'payments/stripe': 'two' });
    await broker.setValues({ 'payments/stripe': 'three' });
    const read = async (question: object) =>
      (await broker.sealed('get', { secret: 'payments/stripe', ...question })).envelope;
    expect(await read({})).toMatchObject({ version: 3, string: 'three' });
    expect(await read({ version: 'previous' })).toMatchObject({ version: 2, string: 'two' });
    expect(await read({ version: 1 })).toMatchObject({ version: 1, string: '{"api_key":"sk_test","mode":"live"}' });
    const unchanged = await read({ known_version: 3 });
    expect(unchanged).toMatchObject({ version: 3, unchanged: true });
    expect(unchanged).not.toHaveProperty('string');
    expect(await read({ known_version: 2 })).toMatchObject({ version: 3, string: 'three' });
    expect(await read({ version: 9 })).toMatchObject({ error: { code: 'not_found' } });
  });

  it('writes the record before anything is released, under the request id of the answer and the log', async () => {
    const order: string[] = [];
    broker = await startBroker({
      ...STRIPE,
      wrapLedger: (ledger) => ({
        record: async (...args) => {
          await ledger.record(...args);
          order.push('recorded');
        },
      }),
    });
    const reply = await broker.sealed('get', { secret: 'payments/stripe' });
    order.push('answered');
    expect(order).toEqual(['recorded', 'answered']);
    expect(JSON.stringify(broker.ledgerRows())).toContain(String(reply.body.request_id));
    expect(broker.logs[0]?.request_id).toBe(reply.body.request_id);
  });
});
