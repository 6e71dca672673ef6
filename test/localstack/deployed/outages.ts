import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../lib/wire/errors.ts';
import { type Fault, internalError } from '../../kit/faults.ts';
import { BUDGET_MS, CANARY, type Scene } from './scene.ts';

const throttled: Fault = { kind: 'throttle' };
const hanging: Fault = { kind: 'hang' };
const breaking: Fault = { kind: 'reset' };
const partial: Fault = { kind: 'unprocessed', read: 1 };
/** A budget, in milliseconds, that ends before the first of the AWS client's attempts at a hanging service does. */
const SHORT_BUDGET_MS = 1500;
/** How long a request may take then, including its way through LocalStack. */
const SHORTLY_MS = 4000;
const here = { secret: 'here' };

/** Tests of what happens while AWS is throttled, slow or down. */
export function outageTests(given: () => Scene): void {
  afterEach(() => given().broker.aws.reset());

  const catalogAlone = ['BatchGetItem'];
  const all = ['BatchGetItem', 'GetSecretValue', 'PutItem'];
  /** What is wrong with which operation, the refusal, and the operations that are allowed meanwhile. */
  const outages: [string, string, Fault, ErrorCode, string[]][] = [
    ['the catalog is throttled', 'BatchGetItem', throttled, 'store_unavailable', catalogAlone],
    ['the catalog fails', 'BatchGetItem', internalError, 'store_unavailable', catalogAlone],
    ['the catalog breaks off', 'BatchGetItem', breaking, 'store_unavailable', catalogAlone],
    ['the store throttles', 'GetSecretValue', throttled, 'store_unavailable', all],
    ['the store fails', 'GetSecretValue', internalError, 'store_unavailable', all],
    ['the store breaks off', 'GetSecretValue', breaking, 'store_unavailable', all],
    ['the ledger is throttled', 'PutItem', throttled, 'audit_unavailable', all],
    ['the ledger fails', 'PutItem', internalError, 'audit_unavailable', all],
    ['the ledger breaks off', 'PutItem', breaking, 'audit_unavailable', all],
  ];

  describe('nothing is released', () => {
    /** Breaks an operation and sends a request. Returns the request's operations, and how many milliseconds it took. */
    async function refused(operation: string, fault: Fault, code: ErrorCode) {
      const { plain, broker, asked } = given();
      broker.aws.inject(operation, fault);
      const started = performance.now();
      const reply = await plain('get', here);
      const took = performance.now() - started;
      const operations = asked();
      expect(reply.body).toMatchObject({ code, status: 503 });
      expect([reply.status, reply.envelope]).toEqual([503, undefined]);
      expect(Number(reply.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(JSON.stringify(reply.body)).not.toContain(CANARY);
      broker.aws.reset();
      return { operations, took };
    }

    it.each(outages)('while %s', async (_, operation, fault, code, allowed) => {
      const { operations } = await refused(operation, fault, code);
      expect(operations.filter((one) => !allowed.includes(one))).toEqual([]);
      expect(operations.filter((one) => one === operation)).toHaveLength(2); // tried again once, never more
      expect((await given().plain('get', here)).envelope).toMatchObject({ string: `${CANARY}-here` });
    });

    describe('within the budget', () => {
      beforeAll(() => given().broker.renew({ WAXSEAL_BUDGET_MS: String(SHORT_BUDGET_MS) }));
      afterAll(() => given().broker.renew({ WAXSEAL_BUDGET_MS: String(BUDGET_MS) }));

      it.each([
        ['the catalog hangs', 'BatchGetItem', hanging, catalogAlone],
        ['the catalog never gives all cells', 'BatchGetItem', partial, catalogAlone],
        ['the store hangs', 'GetSecretValue', hanging, all],
        ['the ledger hangs', 'PutItem', hanging, all],
      ] as [string, string, Fault, string[]][])('while %s', async (_, operation, fault, allowed) => {
        await given().plain('get', here); // starts the function
        given().broker.aws.reset();
        const { operations, took } = await refused(operation, fault, 'store_unavailable');
        expect(operations.filter((one) => !allowed.includes(one))).toEqual([]);
        expect(took).toBeLessThan(SHORTLY_MS);
      });
    });

    it('and the client learns why, sealed, and when to try again', async () => {
      const { client, broker } = given();
      for (const [operation, code] of [
        ['BatchGetItem', 'store_unavailable'],
        ['GetSecretValue', 'store_unavailable'],
        ['PutItem', 'audit_unavailable'],
      ] as const) {
        const heal = broker.aws.inject(operation, throttled);
        await expect(client({ retries: 0 }).get('here')).rejects.toMatchObject({
          name: 'WaxsealError',
          code,
          retryAfter: 1,
        });
        heal();
      }
    });

    it('only of the secret that a batch cannot read', async () => {
      const { client, broker, prefix } = given();
      const errors = { [`${prefix}direct/here`]: 'DecryptionFailure' };
      broker.aws.inject('BatchGetSecretValue', { kind: 'secret-errors', errors });
      const [stripe, failed] = await client().batchGet(['payments/stripe', 'here']);
      expect(stripe).toMatchObject({ secret: 'payments/stripe', unchanged: false });
      expect(failed).toMatchObject({ name: 'WaxsealError', code: 'store_unavailable' });
    });
  });

  describe('the broker recovers from', () => {
    it.each([
      ['a throttled read of the catalog', 'BatchGetItem', throttled],
      ['cells that come later', 'BatchGetItem', partial],
      ['a socket of the store that went stale', 'GetSecretValue', breaking],
      ['a failing store', 'GetSecretValue', internalError],
      ['a throttled record', 'PutItem', throttled],
      ['a slow catalog', 'BatchGetItem', { kind: 'delay', ms: 300 }],
      ['a slow store', 'GetSecretValue', { kind: 'delay', ms: 300 }],
      ['a slow ledger', 'PutItem', { kind: 'delay', ms: 300 }],
    ] as [string, string, Fault][])('%s', async (_, operation, fault) => {
      const { plain, broker } = given();
      broker.aws.inject(operation, fault, { times: 1 });
      expect((await plain('get', here)).envelope).toMatchObject({ string: `${CANARY}-here` });
    });

    it('a lost answer of the ledger, with one record', async () => {
      const { plain, broker } = given();
      broker.aws.inject('PutItem', { kind: 'lose-answer' }, { times: 1 });
      const { status, body } = await plain('get', here);
      expect(status).toBe(200);
      expect(broker.aws.operations().filter((operation) => operation === 'PutItem')).toHaveLength(2);
      const records = (await broker.ledger()).filter(({ request_id }) => request_id?.S === body.request_id);
      expect(records).toHaveLength(1);
    });
  });
}
