import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { UnverifiedRequest } from '../../lib/admission/request.ts';
import type { AuditRecord } from '../../lib/audit/ledger.ts';
import type { ReadSecret } from '../../lib/broker/value.ts';
import { WaxsealError } from '../../lib/wire/errors.ts';
import { generateXkey } from '../../lib/xkey/keys.ts';
import { startBroker, type TestBroker, type TestBrokerOptions } from '../kit/broker.ts';
import { TEST_NOW } from '../kit/test-issuer.ts';
import { traced } from '../kit/traced.ts';

let broker: TestBroker;
afterEach(() => broker.close());

async function start(options: TestBrokerOptions = {}): Promise<void> {
  broker = await startBroker({
    mappings: [{ secret: 'a' }, { secret: 'gone' }],
    values: { a: '{"x":"the value"}', unmapped: 'another value' },
    ...options,
  });
}

/** A request as a foreign protocol hands it over, under an operation's name of its own. */
async function request(changes: Partial<UnverifiedRequest> = {}): Promise<UnverifiedRequest> {
  return {
    requestId: randomUUID(),
    operation: 'foreign.read',
    token: await broker.issuer.token(),
    recipient: generateXkey(),
    requestHash: 'h'.repeat(43),
    method: 'POST',
    path: '/foreign',
    now: TEST_NOW * 1000,
    journal: {},
    signal: AbortSignal.timeout(5000),
    ...changes,
  };
}

const read = async (
  ...[wants, changes]: [readonly { secret: string; field?: string }[], Partial<UnverifiedRequest>?]
) => broker.assembled.broker.read(await request(changes), wants);

const records = () => broker.ledgerRows().map(({ record }) => JSON.parse(String(record)) as AuditRecord);

describe('reading for a protocol that builds its own envelope', () => {
  it('returns values unsealed, in the order asked, each with why it is refused if it is', async () => {
    await start();
    const [denied, whole, field, gone, noField] = await read([
      { secret: 'unmapped' },
      { secret: 'a' },
      { secret: 'a', field: 'x' },
      { secret: 'gone' },
      { secret: 'a', field: 'y' },
    ]);
    expect([denied, gone, noField]).toMatchObject([
      { code: 'access_denied' },
      { code: 'not_found' },
      { code: 'not_found', message: 'The secret has no such field.' },
    ]);
    const refreshAfter = '2026-11-22T02:01:00.000Z';
    expect([whole, field]).toMatchObject([
      { want: { secret: 'a' }, version: 1, refreshAfter },
      { want: { secret: 'a', field: 'x' }, version: 1, refreshAfter },
    ]);
    expect((whole as ReadSecret).value.reveal()).toBe('{"x":"the value"}');
    expect((field as ReadSecret).value.reveal()).toBe('the value');
    expect(JSON.stringify([whole, field])).not.toContain('the value');
  });

  it('writes one record, under the protocol’s name for the operation', async () => {
    await start();
    await read([{ secret: 'unmapped' }, { secret: 'a', field: 'x' }]);
    expect(records()).toMatchObject([
      {
        operation: 'foreign.read',
        decision: 'allowed',
        secrets: [
          { secret: 'unmapped', decision: 'denied' },
          { secret: 'a', field: 'x', decision: 'allowed' },
        ],
      },
    ]);
  });

  it('writes the record before it returns a value', async () => {
    const order: string[] = [];
    await start({
      wrapLedger: (ledger) => ({
        async record(...args) {
          await new Promise((resolve) => setTimeout(resolve, 20));
          await ledger.record(...args);
          order.push('recorded');
        },
      }),
    });
    await read([{ secret: 'a' }]);
    order.push('returned');
    expect(order).toEqual(['recorded', 'returned']);
  });

  it('returns nothing if the record cannot be written', async () => {
    const refusal = new WaxsealError('audit_unavailable');
    await start({ wrapLedger: () => ({ record: () => Promise.reject(refusal) }) });
    await expect(read([{ secret: 'a' }])).rejects.toBe(refusal);
  });

  it('asks no store for a secret that no mapping allows', async () => {
    const { calls, wraps } = traced();
    await start(wraps);
    calls.length = 0;
    await read([{ secret: 'unmapped' }]);
    expect(calls.map(({ call }) => call)).toEqual(['table.query', 'table.get', 'ledger.record']);
  });

  it('refuses a bad token, and a request that is not bound as its issuer demands', async () => {
    await start({ issuerEntry: { require: ['sealed'] } });
    await expect(read([{ secret: 'a' }], { token: 'a.b.c' })).rejects.toMatchObject({ code: 'invalid_token' });
    expect(records()).toEqual([]);
    await expect(read([{ secret: 'a' }])).rejects.toMatchObject({ code: 'access_denied' });
    expect(records()).toMatchObject([{ operation: 'foreign.read', decision: 'denied', code: 'access_denied' }]);
    expect(await read([{ secret: 'a' }], { sealedHash: 's' })).toMatchObject([{ version: 1 }]);
  });

  it('ties a token to its recipient under jti: once, and takes sealed bytes once', async () => {
    await start({ issuerEntry: { jti: 'once' } });
    const token = await broker.issuer.token({ jti: 'once' });
    const recipient = generateXkey();
    await read([{ secret: 'a' }], { token, recipient, sealedHash: 's' });
    const again = read([{ secret: 'a' }], { token, recipient, sealedHash: 's' });
    await expect(again).rejects.toMatchObject({ code: 'replayed', message: 'The same request was already accepted.' });
    await expect(read([{ secret: 'a' }], { token })).rejects.toMatchObject({
      code: 'replayed',
      message: 'The token was already used for another recipient.',
    });
  });
});
