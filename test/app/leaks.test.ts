import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Ledger } from '../../lib/audit/ledger.ts';
import type { CatalogReader } from '../../lib/catalog/table.ts';
import { createLog } from '../../lib/http/log.ts';
import type { RequestLog } from '../../lib/http/request-log.ts';
import { firstBrokerKeys, serializeBrokerKeys } from '../../lib/keys/broker-key-set.ts';
import type { SecretReader } from '../../lib/stores/store.ts';
import { WaxsealError } from '../../lib/wire/errors.ts';
import { generateXkey } from '../../lib/xkey/keys.ts';
import { type Reply, startBroker, type TestBroker, type TestBrokerOptions } from '../kit/broker.ts';
import { everythingIn } from '../kit/everything-in.ts';

let broker: TestBroker;
afterEach(() => {
  broker.close();
  vi.restoreAllMocks();
});

const CANARY = 'canary-7f3a-value';
const FIELD = 'canary-field-text';
const CLAIM = 'canary-claim-text';
const VALUE = JSON.stringify({ api_key: CANARY, nested: { deep: `${CANARY}\n    at ${CANARY} (file:///x.ts:1:1)` } });
const BROKEN = `{"api_key":"${CANARY}", broken`;

/** A bug that says everything it knows, as careless code does: in message, cause, members and stack. */
function talkative(): Error {
  const error = new Error(`cannot use ${CANARY}\n    at ${CANARY} (file:///${CANARY}.ts:1:1)`, {
    cause: { value: CANARY },
  });
  return Object.assign(error, { value: CANARY, input: VALUE, request: { headers: { authorization: CANARY } } });
}

const failing = {
  'nothing fails': {},
  'the store throws a bug': { wrapStore: breakStore(() => Promise.reject(talkative())) },
  'the store throws at once': {
    wrapStore: breakStore(() => {
      throw talkative();
    }),
  },
  'the store gives a bug as its outcome': {
    wrapStore: breakStore(async () => [new WaxsealError('store_unavailable', undefined, { cause: talkative() })]),
  },
  'the store gives nothing': { wrapStore: breakStore(async () => []) },
  'the ledger throws a bug': { wrapLedger: breakLedger(talkative) },
  'the ledger is down': {
    wrapLedger: breakLedger(() => new WaxsealError('audit_unavailable', undefined, { cause: talkative() })),
  },
  'the table throws a bug': { wrapTable: breakTable(() => Promise.reject(talkative())) },
  'the table contains invalid JSON': {
    wrapTable: breakTable(async (keys) =>
      keys.map((key) => ({ ...(key as { pk: string; sk: string }), data: BROKEN })),
    ),
  },
} satisfies Record<string, TestBrokerOptions>;

function breakStore(getMany: () => Promise<never[] | WaxsealError[]>) {
  return (): SecretReader => ({ get: () => getMany() as never, getMany });
}
function breakLedger(error: () => Error) {
  return (): Ledger => ({ record: () => Promise.reject(error()) });
}
function breakTable(get: (keys: readonly unknown[]) => Promise<never[] | { pk: string; sk: string; data: string }[]>) {
  return (table: CatalogReader): CatalogReader => ({ get, query: (...args) => table.query(...args) });
}

/** The log as written by the real logger. */
function writtenLog(entries: readonly RequestLog[]): string {
  const lines: string[] = [];
  const log = createLog('debug', (line) => void lines.push(line));
  for (const entry of entries) log.request(entry);
  return lines.join('');
}

describe.each(Object.entries(failing))('while %s', (_, fault) => {
  it('value, token, seed and claims appear only in the box', async () => {
    const said: unknown[] = [];
    for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const)
      vi.spyOn(console, method).mockImplementation((...args) => void said.push(...args));
    const warnings: unknown[] = [];
    const heard = (warning: unknown) => void warnings.push(warning);
    process.on('warning', heard).on('unhandledRejection', heard);
    const keys = firstBrokerKeys();
    broker = await startBroker({
      mappings: [{ secret: 'a/*', claims: { team: CLAIM } }, { secret: 'b' }],
      values: { 'a/json': VALUE, 'a/broken': BROKEN, 'a/bytes': Buffer.from(CANARY) },
      foundation: { loadKeys: async () => keys },
      ...fault,
    });
    const token = await broker.issuer.token({ team: CLAIM, email: CLAIM });
    const recipient = generateXkey();
    const replies: Reply[] = [];
    for (const secret of ['a/json', 'a/broken', 'a/bytes', 'a/none', 'b', 'c'])
      for (const question of [{ secret }, { secret, field: 'api_key' }, { secret, field: FIELD, version: 'previous' }])
        for (const operation of ['get', 'can-i'] as const)
          replies.push(await broker.plain(operation, question, { token, recipient }));
    const secrets = ['a/json', 'a/broken', 'c'].map((secret) => ({ secret, field: 'api_key' }));
    replies.push(await broker.plain('batch-get', { secrets }, { token, recipient }));
    replies.push(await broker.plain('list', {}, { token, recipient }));
    replies.push(await broker.plain('get', { secret: 'a/json' }, { token: `${token}A`, recipient }));
    replies.push(
      await broker.plain('get', { secret: 'a/json', [`${CANARY}`]: CANARY, [token]: 1 }, { token, recipient }),
    );
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', heard).off('unhandledRejection', heard);

    const rows = ['ledger', 'catalog', 'secret_versions'].map((table) => everythingOf(table));
    const sinks = {
      bodies: JSON.stringify(replies.map(({ body }) => body)),
      headers: JSON.stringify(replies.map(({ headers }) => [...headers])),
      logs: writtenLog(broker.logs),
      entries: everythingIn(broker.logs),
      console: everythingIn(said),
      warnings: everythingIn(warnings),
      ledger: rows[0]!,
      values: rows[2]!,
    };
    const [signature] = token.split('.').slice(2);
    const { current } = JSON.parse(serializeBrokerKeys(keys)) as { current: { seed: string } };
    const forbidden = [CANARY, CLAIM, signature!, current.seed, current.seed.slice(0, 20)];
    for (const [sink, text] of Object.entries(sinks))
      for (const canary of forbidden) expect([sink, text.includes(canary)]).toEqual([sink, false]);
    expect(rows[1]).not.toContain(CANARY); // the catalog may hold what a mapping wants of a claim, never a value
    expect(said).toEqual([]);
    expect(warnings).toEqual([]);
    expect(broker.logs).toHaveLength(replies.length);
  });
});

/** Every cell of a table, as strings and as bytes. */
function everythingOf(table: string): string {
  const rows = broker.database.prepare(`SELECT * FROM ${table}`).all();
  return rows.map((row) => everythingIn(row)).join('\n');
}

describe('what the log says about a fault', () => {
  it('is the name of each error underneath and where it was thrown, never its message', async () => {
    broker = await startBroker({
      mappings: [{ secret: 'a' }],
      values: { a: VALUE },
      wrapLedger: breakLedger(() => {
        const inner = Object.assign(new TypeError(CANARY), { code: 'ECONNRESET' });
        return new WaxsealError('audit_unavailable', undefined, { cause: inner });
      }),
    });
    await broker.plain('get', { secret: 'a' });
    const [entry] = broker.logs;
    expect(entry).toMatchObject({ code: 'audit_unavailable', status: 503, secrets: [{ secret: 'a' }] });
    expect(entry!.causes).toEqual([
      {
        name: 'TypeError',
        code: 'ECONNRESET',
        at: [expect.stringMatching(/leaks\.test\.ts:\d+:\d+$/), ...more(entry!)],
      },
    ]);
    expect(writtenLog([entry!])).toMatch(/^\{"time":"[^"]+","level":"error","type":"request","request_id"/);
  });

  it('is only the type if something other than an error is thrown', async () => {
    broker = await startBroker({
      mappings: [{ secret: 'a' }],
      values: { a: VALUE },
      wrapLedger: () => ({ record: () => Promise.reject(CANARY) }),
    });
    expect((await broker.plain('get', { secret: 'a' })).status).toBe(500);
    expect(broker.logs[0]!.causes).toEqual([{ name: 'string' }]);
    expect(inspect(broker.logs, { depth: 9 })).not.toContain(CANARY);
  });
});

function more({ causes }: RequestLog): unknown[] {
  return causes![0]!.at!.slice(1).map(() => expect.stringMatching(/:\d+:\d+$/));
}
