import { afterEach, describe, expect, it } from 'vitest';
import { generateXkey } from '../../lib/xkey/keys.ts';
import { startBroker, type TestBroker } from '../kit/broker.ts';
import { TEST_NOW } from '../kit/test-issuer.ts';

let broker: TestBroker;
afterEach(() => broker.close());

const records = () => broker.ledgerRows().map(({ record }) => JSON.parse(String(record)) as Record<string, unknown>);
const MAPPING = expect.stringMatching(/^m_[A-Za-z0-9_-]{16}$/);

describe('the audit record', () => {
  it('says who asked for what, which mapping decided, and which version; never a claim, token or value', async () => {
    broker = await startBroker({
      mappings: [{ secret: 'a' }, { secret: 'a', effect: 'deny', mode: 'shadow' }],
      values: { a: '{"x":"the value"}' },
    });
    const recipient = generateXkey();
    const token = await broker.issuer.token({ email: 'somebody@example.com', jti: 'run-7' });
    const { body } = await broker.sealed('get', { secret: 'a', field: 'x', version: 1 }, { recipient, token });
    expect(records()).toEqual([
      {
        request_id: body.request_id,
        operation: 'get',
        decision: 'allowed',
        issuer: broker.issuer.issuer,
        subject: 'repo:acme/api',
        token_id: 'run-7',
        recipient: recipient.text,
        sealed: true,
        secrets: [
          {
            secret: 'a',
            field: 'x',
            version: 1,
            version_id: expect.stringMatching(/^[A-Za-z0-9_-]{32}$/),
            decision: 'allowed',
            mapping: MAPPING,
            shadow: [MAPPING],
          },
        ],
      },
    ]);
    const [row] = broker.ledgerRows();
    expect(row).toMatchObject({ at: '2026-11-22T02:00:00.000Z', ttl: TEST_NOW + 90 * 86_400 });
    expect(JSON.stringify(row).length).toBeLessThan(1024);
  });

  it('of a refusal names the deny that decided, if one did, and what a shadow mapping would have allowed', async () => {
    broker = await startBroker({
      mappings: [{ secret: 'denied' }, { secret: 'denied', effect: 'deny' }, { secret: 'shadow', mode: 'shadow' }],
    });
    for (const secret of ['denied', 'shadow', 'unmapped']) await broker.plain('get', { secret });
    const seen = records().map(({ decision, code, secrets }) => [decision, code, (secrets as [object])[0]]);
    const denied = { version: 'current', decision: 'denied' };
    expect(seen).toHaveLength(3);
    expect(seen).toEqual(
      expect.arrayContaining([
        ['denied', 'access_denied', { secret: 'denied', ...denied, mapping: MAPPING }],
        ['denied', 'access_denied', { secret: 'shadow', ...denied, shadow: [MAPPING] }],
        ['denied', 'access_denied', { secret: 'unmapped', ...denied }],
      ]),
    );
  });

  it('is a single one for a batch, allowed if any part is', async () => {
    broker = await startBroker({ mappings: [{ secret: 'a' }], values: { a: 'v' } });
    await broker.plain('batch-get', { secrets: [{ secret: 'b' }, { secret: 'a' }] });
    const [record, ...others] = records();
    expect(others).toEqual([]);
    expect(record).toMatchObject({
      operation: 'batch-get',
      decision: 'allowed',
      secrets: [
        { secret: 'b', decision: 'denied' },
        { secret: 'a', decision: 'allowed' },
      ],
    });
    expect(record).not.toHaveProperty('code');
  });

  it('is written if the caller was verified, and only then', async () => {
    broker = await startBroker();
    await broker.plain('get', { secret: 'a' }, { token: 'a.b.c' });
    await broker.sealed('get', { secret: 'a' }, { token: await broker.issuer.token({ exp: TEST_NOW - 100 }) });
    await broker.sealed('get', { secret: 'a' }, { inside: { iat: TEST_NOW - 500 } });
    expect(records()).toEqual([]);
    await broker.plain('get', { secret: 'a' }, { token: await broker.issuer.token({ cnf: { jkt: 'x' } }) });
    expect(records()).toMatchObject([{ decision: 'denied', code: 'invalid_token', secrets: [{ secret: 'a' }] }]);
  });

  it('has the same request id as the answer and the log, whatever the outcome', async () => {
    broker = await startBroker({ mappings: [{ secret: 'a' }], values: { a: 'v' } });
    for (const mode of ['plain', 'sealed'] as const)
      for (const [operation, question] of [
        ['get', { secret: 'a' }],
        ['get', { secret: 'b' }],
        ['get', { secret: 'a', version: 9 }],
        ['batch-get', { secrets: [{ secret: 'a' }] }],
        ['list', {}],
        ['can-i', { secret: 'b' }],
      ] as const) {
        const { body } = await broker[mode](operation, question);
        const id = body.request_id;
        expect(records().some(({ request_id }) => request_id === id)).toBe(true);
        expect(broker.logs.at(-1)!.request_id).toBe(id);
      }
    expect(new Set(records().map(({ request_id }) => request_id)).size).toBe(12);
  });
});
