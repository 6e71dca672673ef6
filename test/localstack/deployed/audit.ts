import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { CANARY, type Scene, SUBJECT } from './scene.ts';

/** Tests of what requests leave behind: records, log lines, and no value. They come last, and check what all others left. */
export function auditTests(given: () => Scene): void {
  describe('what a request leaves behind', () => {
    it('is one record in the ledger and one line in the log, under the request’s id', async () => {
      const { plain, issuer, broker } = given();
      const outcomes = [
        [await plain('get', { secret: 'here' }), 'allowed', undefined, 200],
        [await plain('get', { secret: 'unmapped' }), 'denied', 'access_denied', 403],
      ] as const;
      const seconds = Date.now() / 1000;
      for (const [{ body }, decision, code, status] of outcomes) {
        const [record, ...more] = await recordsOf(given(), body.request_id);
        expect(more).toEqual([]);
        expect(record).toMatchObject({
          operation: { S: 'get' },
          decision: { S: decision },
          issuer: { S: issuer.issuer },
          subject: { S: SUBJECT },
          sealed: { BOOL: false },
          ...(code === undefined ? {} : { code: { S: code } }),
        });
        expect(record!.secrets!.L).toMatchObject([{ M: { decision: { S: decision }, version: { S: 'current' } } }]);
        expect(Math.abs(Number(record!.ttl!.N) - seconds - 90 * 86_400)).toBeLessThan(60);
        expect(await lineOf(given(), body.request_id)).toMatchObject({ operation: 'get', status, subject: SUBJECT });
      }
      expect(broker.deployment.outputs.LedgerTableName).toBe(broker.deployment.resources.LedgerTable);
    });

    it('is only the line if no caller was verified', async () => {
      const { plain, issuer } = given();
      const { body } = await plain('get', { secret: 'here' }, await issuer.token({ exp: 1, iat: 0 }));
      const line = await lineOf(given(), body.request_id);
      expect(line).toMatchObject({ status: 401, code: 'invalid_token' });
      expect(line).not.toHaveProperty('subject');
      expect(await recordsOf(given(), body.request_id)).toEqual([]);
    });
  });

  it('no value, token or seed is in the ledger, the log, or what the function sent to AWS', async () => {
    const { plain, token, secrets, broker } = given();
    broker.aws.reset();
    const used = await token();
    await plain('get', { secret: 'payments/stripe' }, used);
    broker.aws.inject('PutItem', { kind: 'throttle' });
    const { body } = await plain('get', { secret: 'payments/stripe', field: 'api_key' }, used);
    await lineOf(given(), body.request_id);
    const SecretId = broker.deployment.outputs.BrokerKeySecretArn;
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId }));
    const seeds = [...SecretString!.matchAll(/SX[A-Z2-7]{50,}/g)].map(([seed]) => seed);
    expect(seeds.length).toBeGreaterThanOrEqual(3);

    const [ledger, log] = await Promise.all([broker.ledger(), broker.log()]);
    expect([ledger.length > 30, log.length > 60]).toEqual([true, true]);
    const sinks = { ledger, log, sent: broker.aws.calls().map(({ request }) => request) };
    const forbidden = { value: CANARY, token: used.split('.')[2]!, ...Object.fromEntries(seeds.entries()) };
    const found = Object.entries(sinks).flatMap(([sink, content]) => {
      const text = JSON.stringify(content);
      return Object.entries(forbidden).flatMap(([name, canary]) =>
        text.includes(canary) ? [`${name} in ${sink}`] : [],
      );
    });
    expect(found).toEqual([]);
    broker.aws.reset();
  });
}

async function recordsOf({ broker }: Scene, requestId: unknown) {
  return (await broker.ledger()).filter(({ request_id }) => request_id?.S === requestId);
}

/** The log's one line for a request; it appears a moment after the answer. */
async function lineOf({ broker }: Scene, requestId: unknown): Promise<unknown> {
  const lines = async () => (await broker.log()).filter((line) => line.includes(String(requestId)));
  await expect.poll(lines, { timeout: 10_000, interval: 100 }).toHaveLength(1);
  return JSON.parse((await lines())[0]!);
}
