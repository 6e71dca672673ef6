import { afterEach, describe, expect, it } from 'vitest';
import { type Reply, startBroker, type TestBroker, type TestBrokerOptions } from '../kit/broker.ts';
import { type Call, counts, traced } from '../kit/traced.ts';

let broker: TestBroker;
afterEach(() => broker.close());

/** Rules of every kind about what the caller may not read; `real/secret` exists and `none/secret` does not. */
const RULES = [
  { secret: 'mine/*' },
  ...['real', 'none'].flatMap((top) => [
    { secret: `${top}/*`, subject: 'repo:acme/web' },
    { secret: `${top}/*`, claims: { environment: 'production' } },
    { secret: `${top}/secret`, versions: ['current'], claims: { environment: 'production' } },
    { secret: `${top}/secret`, fields: ['a'], subject: 'repo:*/web' },
    { secret: `${top}/secret`, effect: 'deny', versions: [3] },
  ]),
];

async function start(options: TestBrokerOptions = {}) {
  const trace = traced();
  broker = await startBroker({
    mappings: RULES,
    values: { 'real/secret': '{"a":"v"}', 'mine/one': 'v' },
    ...trace.wraps,
    ...options,
  });
  await broker.plain('get', { secret: 'mine/one' }); // lists of issuers and stores are read
  trace.calls.length = 0;
  return trace.calls;
}

/** What a prober can see of an answer: everything except what is random in each. */
function seen({ status, headers, body, envelope }: Reply): string {
  const { request_id, sender, sealed, ...rest } = body;
  const { request: _, ...opened } = envelope ?? {};
  const lengths = [request_id, sender, sealed].map((part) => (part === undefined ? 0 : String(part).length));
  return JSON.stringify([status, [...headers], lengths, rest, opened]).replaceAll(/real|none/g, 'xxxx');
}

/** What was asked of the parts, without what is random, and without what the record shows only to the auditor. */
function shape(calls: readonly Call[]): string {
  const AUDITOR = ['request_id', 'recipient', 'mapping', 'version_id'];
  const text = JSON.stringify(calls, (key, value) => (AUDITOR.includes(key) ? undefined : value));
  return text.replaceAll(/real|none/g, 'xxxx').replaceAll(/(W#[^"]*#)[0-7]/g, '$1');
}

describe('a caller without a mapping', () => {
  it.each([
    {},
    { field: 'a' },
    { field: 'zz' },
    { version: 'previous' },
    { version: 1 },
    { version: 3 },
    { version: 99 },
    { version: 'some-id' },
    { known_version: 1 },
  ])('cannot tell a secret that is there from one that is not, by %j', async (members) => {
    const calls = await start();
    for (const mode of ['plain', 'sealed'] as const) {
      for (const operation of ['get', 'can-i'] as const) {
        const ask = async (top: string) => {
          calls.length = 0;
          const reply = await broker[mode](operation, { secret: `${top}/secret`, ...members });
          return [seen(reply), shape(calls), counts(calls)];
        };
        const [there, none] = [await ask('real'), await ask('none')];
        expect(there).toEqual(none);
        expect(there[2]).toEqual({ 'table.get': 1, 'ledger.record': 1 });
      }
    }
  });

  it('cannot find out from a batch, a list or their lengths either', async () => {
    await start();
    const batch = (name: string) =>
      broker.sealed('batch-get', { secrets: [{ secret: 'mine/one' }, { secret: name }, { secret: name, field: 'a' }] });
    expect(seen(await batch('real/secret'))).toEqual(seen(await batch('none/secret')));
    for (const prefix of ['real/', 'none/', 'real/secret'])
      expect((await broker.sealed('list', { prefix })).envelope?.secrets).toEqual([]);
  });

  it('never makes the broker ask a store, whatever the question', async () => {
    const calls = await start();
    await broker.sealed('get', { secret: 'real/secret' });
    await broker.sealed('batch-get', { secrets: [{ secret: 'real/secret' }, { secret: 'none/secret' }] });
    await broker.sealed('can-i', { secret: 'mine/one' });
    await broker.sealed('list', {});
    expect(calls.filter(({ call }) => call.startsWith('store'))).toEqual([]);
  });

  it('makes the broker ask nothing at all without a valid token', async () => {
    const calls = await start();
    await broker.sealed('get', { secret: 'real/secret' }, { token: 'a.b.c' });
    await broker.plain('get', { secret: 'real/secret' }, { token: `${await broker.issuer.token()}A` });
    await broker.plain('get', { secret: 'real/secret' }, { token: await broker.issuer.token({ iss: 'https://no' }) });
    expect(calls).toEqual([]);
  });
});

describe('round trips', () => {
  it.each([1, 10, 1000])('of a get are one read, one fetch and one record with %i mappings', async (count) => {
    const mappings = Array.from({ length: count }, (_, i) => ({ secret: `team${i}/*`, subject: 'repo:acme/*' }));
    const calls = await start({ mappings: [{ secret: 'mine/*' }, ...mappings] });
    expect((await broker.sealed('get', { secret: 'mine/one' })).status).toBe(200);
    expect(counts(calls)).toEqual({ 'table.get': 1, 'store.getMany': 1, 'ledger.record': 1 });
  });

  it('of a batch of 100 are the same number', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `mine/s${i}`);
    const calls = await start({ values: Object.fromEntries([...names, 'mine/one'].map((name) => [name, 'v'])) });
    const { envelope } = await broker.sealed('batch-get', { secrets: names.map((secret) => ({ secret })) });
    expect(envelope?.secrets).toHaveLength(100);
    expect(counts(calls)).toEqual({ 'table.get': 1, 'store.getMany': 1, 'ledger.record': 1 });
  });

  it('of 100 names that only a direct prefix finds are one more, for the list of stores, if that is old', async () => {
    const stores = [{ name: 'local', kind: 'embedded', default: true, direct: 'direct/' }];
    const calls = await start({ stores });
    broker.clock.now += 30_000;
    const secrets = Array.from({ length: 100 }, (_, i) => ({ secret: `mine/d${i}` }));
    const { envelope } = await broker.sealed('batch-get', { secrets });
    expect(envelope?.secrets).toHaveLength(100);
    expect(counts(calls.filter(({ asked }) => asked !== 'I'))).toEqual({
      'table.get': 1,
      'table.query': 1,
      'store.getMany': 1,
      'ledger.record': 1,
    });
  });
});
