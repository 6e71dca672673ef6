import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dynamodbLedger } from '../../lib/audit/dynamodb.ts';
import type { AuditRecord } from '../../lib/audit/ledger.ts';
import { awsClientSettings } from '../../lib/aws/settings.ts';
import { type KeptRecord, ledgerContract } from '../contract/ledger.ts';
import { awsClientSettings as testSettings } from '../kit/aws-environment.ts';
import { type FaultProxy, startFaultProxy } from '../kit/fault-proxy.ts';
import { internalError } from '../kit/faults.ts';
import { localstackEndpoint } from './endpoint.ts';

const endpoint = await localstackEndpoint();
const signal = new AbortController().signal;
const connect = (url: string, requestMs: number) =>
  new DynamoDBClient({ ...awsClientSettings({ attempts: 2, connectMs: requestMs, requestMs }), ...testSettings(url) });

async function createTable(client: DynamoDBClient): Promise<string> {
  const TableName = `ledger-${randomUUID()}`;
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    }),
  );
  return TableName;
}

function plain(value: AttributeValue): unknown {
  if (value.M) return members(value.M);
  if (value.L) return value.L.map(plain);
  return value.N === undefined ? (value.S ?? value.BOOL) : Number(value.N);
}

function members(item: Record<string, AttributeValue>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plain(value)]));
}

async function all(client: DynamoDBClient, TableName: string): Promise<KeptRecord[]> {
  const kept: KeptRecord[] = [];
  for await (const page of paginateScan({ client }, { TableName, ConsistentRead: true }))
    for (const item of page.Items ?? []) {
      const {
        pk,
        at,
        ttl,
        sealed_hash: _,
        ...record
      } = members(item) as unknown as KeptRecord & AuditRecord & { sealed_hash?: string };
      kept.push({ pk, at, ...(ttl === undefined ? {} : { ttl }), record });
    }
  return kept;
}

ledgerContract('DynamoDB on LocalStack', async () => {
  const client = connect(endpoint, 50_000); // a thousand calls at once wait for each other
  const tableName = await createTable(client);
  return {
    ledger: (settings) => dynamodbLedger({ client, tableName, ...settings }),
    kept: async (requestIds) =>
      (await all(client, tableName)).filter(({ record }) => requestIds.includes(record.request_id)),
    close: async () => {
      await client.send(new DeleteTableCommand({ TableName: tableName }));
      client.destroy();
    },
  };
});

describe('ledger in DynamoDB in trouble', () => {
  const UNAVAILABLE = {
    name: 'WaxsealError',
    code: 'audit_unavailable',
    message: 'The audit record could not be written, so nothing was released. Try again later.',
    retryAfter: 1,
  };
  let proxy: FaultProxy;
  let client: DynamoDBClient;
  let direct: DynamoDBClient;
  let tableName: string;

  beforeAll(async () => {
    proxy = await startFaultProxy(endpoint);
    client = connect(proxy.url, 20_000);
    direct = connect(endpoint, 30_000);
    tableName = await createTable(direct);
  });
  beforeEach(() => proxy.reset());
  afterAll(async () => {
    await direct.send(new DeleteTableCommand({ TableName: tableName }));
    client.destroy();
    direct.destroy();
    await proxy.close();
  });

  const record = (): AuditRecord => ({
    request_id: randomUUID(),
    operation: 'get',
    decision: 'allowed',
    issuer: 'https://issuer.test',
    subject: 's',
    token_id: randomUUID(),
    recipient: 'XA',
    sealed: true,
    secrets: [{ secret: 'a', version: 'current', decision: 'allowed' }],
  });
  const ledger = () => dynamodbLedger({ client, tableName });

  it('costs one call, and for a tied recipient that repeats two', async () => {
    const first = record();
    const tie = (sealedHash: string) => ({ tieToken: true, tokenExpiresAt: 2_000_000_000, sealedHash });
    await ledger().record(first, tie(randomUUID()), Date.now(), signal);
    expect(proxy.operations()).toEqual(['PutItem']);
    await ledger().record({ ...first, request_id: randomUUID() }, tie(randomUUID()), Date.now(), signal);
    expect(proxy.operations()).toEqual(['PutItem', 'PutItem', 'PutItem']);
  });

  it('stays below 1 KB for one secret with long names', async () => {
    const long: AuditRecord = {
      ...record(),
      subject: `repo:${'organisation'.repeat(3)}/${'repository'.repeat(3)}:ref:refs/heads/main`,
      recipient: 'X'.repeat(56),
      secrets: [
        {
          secret: 'payments/production/stripe/live/api',
          field: 'api_key',
          version: 'current',
          version_id: randomUUID(),
          decision: 'allowed',
          mapping: randomUUID(),
        },
      ],
    };
    await ledger().record(long, { sealedHash: 'h'.repeat(43) }, Date.now(), signal);
    expect(JSON.stringify(proxy.calls()[0]!.request?.Item).length).toBeLessThan(1024);
  });

  it.each([
    ['throttled', { kind: 'throttle' }, 2],
    ['throttled by the account', { kind: 'throttle', code: 'RequestLimitExceeded' }, 2],
    ['failing', internalError, 2],
    ['resetting', { kind: 'reset' }, 2],
    ['forbidden', { kind: 'error', status: 400, code: 'AccessDeniedException' }, 1],
    ['without its table', { kind: 'error', status: 400, code: 'ResourceNotFoundException' }, 1],
    [
      'refusing without saying what is stored',
      { kind: 'error', status: 400, code: 'ConditionalCheckFailedException' },
      1,
    ],
  ] as const)('%s: unavailable, within its attempts', async (_, fault, attempts) => {
    proxy.inject('*', fault);
    await expect(ledger().record(record(), { sealedHash: randomUUID() }, Date.now(), signal)).rejects.toMatchObject(
      UNAVAILABLE,
    );
    expect(proxy.operations()).toEqual(Array(attempts).fill('PutItem'));
  });

  it('silent: unavailable, within its attempts', async () => {
    proxy.inject('*', { kind: 'hang' });
    const impatient = connect(proxy.url, 200);
    const attempt = dynamodbLedger({ client: impatient, tableName }).record(record(), {}, Date.now(), signal);
    await expect(attempt).rejects.toMatchObject(UNAVAILABLE);
    expect(proxy.operations()).toEqual(['PutItem', 'PutItem']);
    impatient.destroy();
  });

  it('ends with the budget of the request', async () => {
    proxy.inject('*', { kind: 'hang' });
    const patient = connect(proxy.url, 60_000);
    const attempt = dynamodbLedger({ client: patient, tableName }).record(
      record(),
      {},
      Date.now(),
      AbortSignal.timeout(150),
    );
    await expect(attempt).rejects.toMatchObject(UNAVAILABLE);
    patient.destroy();
  });

  it.each([
    ['under sealed bytes', false],
    ['under the token', true],
  ])('recognises its own attempt whose answer was lost: %s', async (_, tieToken) => {
    const one = record();
    const guard = { tieToken, tokenExpiresAt: 2_000_000_000, sealedHash: randomUUID() };
    proxy.inject('PutItem', { kind: 'lose-answer' }, { times: 1 });
    await ledger().record(one, guard, Date.now(), signal);
    expect(proxy.operations()).toEqual(['PutItem', 'PutItem']);
    expect((await all(direct, tableName)).filter((kept) => kept.record.request_id === one.request_id)).toHaveLength(1);
    const replay = ledger().record({ ...one, request_id: randomUUID() }, guard, Date.now(), signal);
    await expect(replay).rejects.toMatchObject({ code: 'replayed' });
  });
});
