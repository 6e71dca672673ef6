import { afterEach, describe, expect, it } from 'vitest';
import { startBroker, type TestBroker, type TestBrokerOptions } from '../kit/broker.ts';
import { expectRefusal } from '../kit/refusals.ts';

let broker: TestBroker;
afterEach(() => broker.close());

async function start(mappings: NonNullable<TestBrokerOptions['mappings']>, options: TestBrokerOptions = {}) {
  broker = await startBroker({ mappings, values: { a: '{"x":"1"}' }, ...options });
}

async function canI(question: object): Promise<unknown> {
  const { status, envelope } = await broker.sealed('can-i', question as never);
  const { typ, request: _, keys: __, ...rest } = envelope!;
  expect([status, typ]).toEqual([200, 'waxseal.can-i.v1']);
  return rest;
}

const no = (...missing: object[]) => ({ allowed: false, code: 'access_denied', missing });

describe('can-i', () => {
  it('says yes if a get would be allowed, whether or not the secret, version or field exists', async () => {
    await start([{ secret: 'a' }, { secret: 'none' }]);
    for (const question of [{}, { field: 'x' }, { field: 'nope' }, { version: 9 }, { version: 'previous' }])
      for (const secret of ['a', 'none']) expect(await canI({ secret, ...question })).toEqual({ allowed: true });
  });

  it('explains what is missing for rules whose issuer and subject match', async () => {
    await start([
      { secret: 'claim', claims: { environment: 'production', '/team/id': 7 } },
      { secret: 'fields', fields: ['x'] },
      { secret: 'versions', versions: ['previous', 7] },
      { secret: 'over', expires_at: '2026-11-22T02:00:00Z' },
      { secret: 'soon', not_before: '2026-11-22T02:00:01Z' },
      { secret: 'bound', require: ['proof', 'audience-bound'] },
      { secret: 'two', fields: ['x'] },
      { secret: 'two', claims: { environment: 'production' } },
    ]);
    expect(await canI({ secret: 'claim' })).toEqual(
      no({ kind: 'claim', claim: '/team/id' }, { kind: 'claim', claim: 'environment' }),
    );
    expect(await canI({ secret: 'fields' })).toEqual(no({ kind: 'field' }));
    expect(await canI({ secret: 'fields', field: 'y' })).toEqual(no({ kind: 'field' }));
    expect(await canI({ secret: 'fields', field: 'x' })).toEqual({ allowed: true });
    expect(await canI({ secret: 'versions' })).toEqual(no({ kind: 'version' }));
    expect(await canI({ secret: 'versions', version: 'previous' })).toEqual({ allowed: true });
    expect(await canI({ secret: 'over' })).toEqual(no({ kind: 'time' }));
    expect(await canI({ secret: 'soon' })).toEqual(no({ kind: 'time' }));
    expect(await canI({ secret: 'bound' })).toEqual(
      no({ kind: 'binding', binding: 'audience-bound' }, { kind: 'binding', binding: 'proof' }),
    );
    expect(await canI({ secret: 'two' })).toEqual(no({ kind: 'claim', claim: 'environment' }, { kind: 'field' }));
  });

  it('never reveals what a rule requires, only that it is not met', async () => {
    await start([{ secret: 'a', claims: { environment: 'the-wanted-value' } }]);
    expect(JSON.stringify(await canI({ secret: 'a' }))).not.toContain('the-wanted-value');
  });

  it('gives the same no for rules of others, shadow rules, denies and names without rules', async () => {
    await start([
      { secret: 'others', subject: 'repo:acme/web', claims: { environment: 'production' } },
      { secret: 'shadow', mode: 'shadow', claims: { environment: 'production' } },
      { secret: 'denied', effect: 'deny', claims: { iss: 'https://issuer.example.com' } },
      { secret: 'denied', claims: { environment: 'production' } },
    ]);
    const answers = await Promise.all(
      ['others', 'shadow', 'denied', 'unmapped', 'a'].map((secret) => canI({ secret })),
    );
    expect(new Set(answers.map((one) => JSON.stringify(one)))).toEqual(new Set([JSON.stringify(no())]));
  });

  it('does not reveal by `version` which versions exist', async () => {
    await start([
      { secret: 'a', versions: ['current'], claims: { environment: 'production' } },
      { secret: 'b', versions: ['current'], claims: { environment: 'production' } },
    ]);
    for (const version of [1, 2, 'current', 'previous'])
      expect([version, await canI({ secret: 'a', version })]).toEqual([version, await canI({ secret: 'b', version })]);
  });

  it('agrees with get on every binding', async () => {
    await start([{ secret: 'a', require: ['sealed'] }]);
    expect(await canI({ secret: 'a' })).toEqual({ allowed: true });
    const { envelope } = await broker.plain('can-i', { secret: 'a' });
    expect(envelope).toMatchObject(no({ kind: 'binding', binding: 'sealed' }));
    expectRefusal(await broker.plain('get', { secret: 'a' }), { code: 'access_denied' });
  });

  it('is audited with its decision', async () => {
    await start([{ secret: 'a' }]);
    await canI({ secret: 'a' });
    await canI({ secret: 'b' });
    const records = broker.ledgerRows().map(({ record }) => JSON.parse(String(record)));
    expect(records.map(({ operation, secrets }) => [operation, secrets[0].secret, secrets[0].decision]).sort()).toEqual(
      [
        ['can-i', 'a', 'allowed'],
        ['can-i', 'b', 'denied'],
      ],
    );
  });
});
