import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { apply, plan } from '../../lib/apply/apply.ts';
import { awsClientSettings } from '../../lib/aws/settings.ts';
import { createCatalog } from '../../lib/catalog/catalog.ts';
import { dynamodbCatalogReader } from '../../lib/catalog/dynamodb/reader.ts';
import { dynamodbCatalogWriter } from '../../lib/catalog/dynamodb/writer.ts';
import type { CatalogReader, CatalogWriter } from '../../lib/catalog/table.ts';
import { describeCatalogTable } from '../contract/catalog-table.ts';
import { awsClientSettings as testSettings } from '../kit/aws-environment.ts';
import { aCaller, aMapping, anIssuer, noPause } from '../kit/catalog-samples.ts';
import { type FaultProxy, startFaultProxy } from '../kit/fault-proxy.ts';
import { internalError } from '../kit/faults.ts';
import { localstackEndpoint } from './endpoint.ts';

const endpoint = await localstackEndpoint();
const signal = new AbortController().signal;
const connect = (url: string, requestMs: number) =>
  new DynamoDBClient({ ...awsClientSettings({ attempts: 2, connectMs: requestMs, requestMs }), ...testSettings(url) });

/** One attempt, however long LocalStack takes to start DynamoDB: a second one would find the first one's table. */
async function createTable(): Promise<string> {
  const limits = { attempts: 1, connectMs: 60_000, requestMs: 60_000 };
  const client = new DynamoDBClient({ ...awsClientSettings(limits), ...testSettings(endpoint) });
  const TableName = `catalog-${randomUUID()}`;
  const keys = ['pk', 'sk'] as const;
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: keys.map((AttributeName, at) => ({ AttributeName, KeyType: at === 0 ? 'HASH' : 'RANGE' })),
    }),
  );
  client.destroy();
  return TableName;
}

describeCatalogTable('DynamoDB on LocalStack', async () => {
  const client = connect(endpoint, 20_000);
  const tableName = await createTable();
  return {
    reader: dynamodbCatalogReader({ client, tableName }),
    writer: dynamodbCatalogWriter({ client, tableName }),
    close: async () => {
      await client.send(new DeleteTableCommand({ TableName: tableName }));
      client.destroy();
    },
  };
});

describe('the catalog in DynamoDB', () => {
  const issuer = anIssuer();
  const caller = aCaller('repo:acme/api:main', issuer);
  const names = Array.from({ length: 60 }, (_, at) => `payments/n${at}`);
  const file = {
    issuers: [issuer],
    stores: [{ name: 'aws', kind: 'secrets-manager' as const, default: true }],
    secrets: names.map((secret) => ({ secret, ref: `ref-${secret}` })),
    mappings: [
      aMapping({ secret: 'payments/*' }),
      ...names.map((secret) => aMapping({ secret, subject: '**', effect: 'deny' })),
    ],
  };
  const direct = connect(endpoint, 20_000);
  let proxy: FaultProxy;
  let client: DynamoDBClient;
  let tableName: string;
  let reader: CatalogReader;
  let writer: CatalogWriter;

  beforeAll(async () => {
    tableName = await createTable();
    const undisturbed = dynamodbCatalogWriter({ client: direct, tableName });
    await apply(await plan(file, undisturbed, signal), undisturbed, signal, noPause);
    proxy = await startFaultProxy(endpoint);
    client = connect(proxy.url, 20_000);
    reader = dynamodbCatalogReader({ client, tableName });
    writer = dynamodbCatalogWriter({ client, tableName });
  });
  beforeEach(() => proxy.reset());
  afterAll(async () => {
    client.destroy();
    await proxy.close();
    await direct.send(new DeleteTableCommand({ TableName: tableName }));
    direct.destroy();
  });

  const view = (count: number, budget = signal) =>
    createCatalog({ table: reader }).view(caller, names.slice(0, count), budget);
  const effects = async (count: number) => {
    const seen = await view(count);
    return names.slice(0, count).map((name) =>
      seen
        .mappings(name)
        .map(({ effect }) => effect)
        .sort()
        .join(' '),
    );
  };
  const unavailable = {
    code: 'store_unavailable',
    message: 'The broker cannot reach something it depends on. Try again later.',
    retryAfter: 1,
  };

  test('a plan of a catalog that was applied is empty', async () => {
    expect((await plan(file, writer, signal)).transactions).toEqual([]);
    expect(await createCatalog({ table: reader }).issuers(signal)).toEqual([issuer]);
  });

  test.each([
    [1, 1],
    [24, 1],
    [25, 2],
    [60, 3],
  ])('%i names are %i calls, side by side, all of them strongly consistent', async (count, calls) => {
    expect(await effects(count)).toEqual(Array.from({ length: count }, () => 'allow deny'));
    expect(proxy.operations()).toEqual(Array.from({ length: calls }, () => 'BatchGetItem'));
    for (const { request } of proxy.calls()) {
      expect(request).toMatchObject({ RequestItems: { [tableName]: { ConsistentRead: true } } });
    }
  });

  test.each([0, 1, 50, 99])('requests again what was not processed after %i keys', async (read) => {
    proxy.inject('BatchGetItem', { kind: 'unprocessed', read }, { times: 2 });
    expect(await effects(24)).toEqual(Array.from({ length: 24 }, () => 'allow deny'));
    expect(proxy.operations()).toHaveLength(read === 50 ? 2 : read === 99 ? 2 : 3);
  });

  test.each([0, 1])(
    'refuses once the budget ends while keys are unprocessed, %i at a time: never without the deny',
    async (read) => {
      proxy.inject('BatchGetItem', { kind: 'unprocessed', read });
      await expect(view(24, AbortSignal.timeout(400))).rejects.toMatchObject(unavailable);
      expect(proxy.operations().length).toBeLessThan(8);
    },
  );

  test.each([
    ['throttled', { kind: 'throttle' } as const],
    ['failing', internalError],
    ['cut off', { kind: 'reset' } as const],
    ['without an answer', { kind: 'lose-answer' } as const],
    ['forbidden', { kind: 'error', status: 400, code: 'AccessDeniedException' } as const],
    ['gone', { kind: 'error', status: 400, code: 'ResourceNotFoundException' } as const],
  ])('refuses while one of its calls is %s', async (_, fault) => {
    proxy.inject('BatchGetItem', fault, { after: 2 });
    await expect(view(60)).rejects.toMatchObject(unavailable);
    expect(proxy.operations().length).toBeLessThanOrEqual(4);
  });

  test.each([
    ['throttled', { kind: 'throttle' } as const],
    ['failing', internalError],
    ['cut off', { kind: 'reset' } as const],
  ])('succeeds after one call that was %s', async (_, fault) => {
    proxy.inject('BatchGetItem', fault, { times: 1 });
    expect(await effects(1)).toEqual(['allow deny']);
    expect(proxy.operations()).toHaveLength(2);
  });

  test('refuses when the budget ends while the table does not answer', async () => {
    proxy.inject('*', { kind: 'hang' });
    const catalog = createCatalog({ table: reader });
    const budget = () => AbortSignal.timeout(100);
    await expect(view(60, budget())).rejects.toMatchObject(unavailable);
    await expect(catalog.issuers(budget())).rejects.toMatchObject(unavailable);
    await expect(catalog.listable(caller, { limit: 10 }, budget())).rejects.toMatchObject(unavailable);
    await expect(plan(file, writer, budget())).rejects.toMatchObject(unavailable);
    await expect(writer.write([{ pk: 'x', sk: 'y', put: '1' }], budget())).rejects.toMatchObject(unavailable);
  });

  test('I3: a transaction whose answer is lost is done once', async () => {
    const change = { pk: 'once', sk: 'a', put: '1', expect: null };
    proxy.inject('TransactWriteItems', { kind: 'lose-answer' }, { times: 1 });
    await writer.write([change], signal);
    expect(proxy.operations()).toEqual(['TransactWriteItems', 'TransactWriteItems']);
    expect(await reader.get([change], signal)).toHaveLength(1);
    await writer.write([{ pk: 'once', sk: 'a', delete: true }], signal);
  });

  test('a listing is refused if one of its reads fails, and pages by ranges of the index', async () => {
    const catalog = createCatalog({ table: reader });
    const first = await catalog.listable(caller, { limit: 50 }, signal);
    expect(first.entries).toHaveLength(50);
    const rest = await catalog.listable(caller, { limit: 50, after: first.next! }, signal);
    expect(rest.entries).toHaveLength(10);
    expect([...first.entries, ...rest.entries].map(({ name }) => name)).toEqual(names.toSorted());
    expect(new Set(proxy.operations())).toEqual(new Set(['Query', 'BatchGetItem']));
    proxy.reset();
    proxy.inject('Query', { kind: 'throttle' }, { after: 3 });
    await expect(catalog.listable(caller, { limit: 50 }, signal)).rejects.toMatchObject(unavailable);
  });
});
