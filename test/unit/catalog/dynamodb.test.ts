import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { awsClientSettings } from '../../../lib/aws/settings.ts';
import { dynamodbCatalogReader } from '../../../lib/catalog/dynamodb/reader.ts';
import { dynamodbCatalogWriter } from '../../../lib/catalog/dynamodb/writer.ts';
import type { CatalogReader, CatalogWriter } from '../../../lib/catalog/table.ts';
import { type ScriptedAnswer, type ScriptedCall, scriptedError, startScriptedAws } from '../../kit/scripted-aws.ts';

const signal = new AbortController().signal;
const keys = (count: number) => Array.from({ length: count }, (_, at) => ({ pk: 'p', sk: `n${at}` }));
const incomplete = { code: 'store_unavailable', message: 'The catalog returned an incomplete answer.', retryAfter: 1 };
const unavailable = {
  code: 'store_unavailable',
  message: 'The broker cannot reach something it depends on. Try again later.',
  retryAfter: 1,
};
const conflict = { code: 'conflict', message: 'The request conflicts with the current state.' };
const item = (sk: string) => ({ pk: { S: 'p' }, sk: { S: sk }, data: { S: '{}' } });

let aws: Awaited<ReturnType<typeof startScriptedAws>>;
let script: (call: ScriptedCall) => ScriptedAnswer;
let client: DynamoDBClient;
let reader: CatalogReader;
let writer: CatalogWriter;

beforeEach(async () => {
  aws = await startScriptedAws((call) => script(call));
  client = new DynamoDBClient({
    ...awsClientSettings({ region: 'us-east-1', endpoint: aws.endpoint, attempts: 1, connectMs: 500, requestMs: 300 }),
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  reader = dynamodbCatalogReader({ client, tableName: 'catalog', random: () => 0 });
  writer = dynamodbCatalogWriter({ client, tableName: 'catalog' });
});
afterEach(async () => {
  client.destroy();
  await aws.close();
});

describe('an incomplete answer is refused', () => {
  test.each<[string, ScriptedAnswer, object]>([
    ['nothing in it', { body: {} }, incomplete],
    ['no unprocessed keys', { body: { Responses: { catalog: [] } } }, incomplete],
    ['no responses', { body: { UnprocessedKeys: {} } }, incomplete],
    [
      'an item without data',
      { body: { Responses: { catalog: [{ pk: { S: 'p' }, sk: { S: 'n0' } }] }, UnprocessedKeys: {} } },
      incomplete,
    ],
    [
      'data of another type',
      { body: { Responses: { catalog: [{ ...item('n0'), data: { M: {} } }] }, UnprocessedKeys: {} } },
      incomplete,
    ],
    ['half of it', { body: { Responses: { catalog: [item('n0')] }, UnprocessedKeys: {} }, stall: true }, unavailable],
    ['no JSON', { body: '<html>' }, unavailable],
    ['a 502', { status: 502, body: 'Bad gateway' }, unavailable],
    ['silence', { hang: true }, unavailable],
  ])('get: %s', async (_, answer, expected) => {
    script = () => answer;
    await expect(reader.get(keys(1), signal)).rejects.toMatchObject(expected);
  });

  test('get: one of five calls', async () => {
    script = () =>
      aws.calls.length === 3 ? { body: {} } : { body: { Responses: { catalog: [] }, UnprocessedKeys: {} } };
    await expect(reader.get(keys(500), signal)).rejects.toMatchObject(incomplete);
  });

  test('query and all', async () => {
    script = () => ({ body: {} });
    await expect(reader.query('p', {}, signal)).rejects.toMatchObject(incomplete);
    await expect(Array.fromAsync(writer.all(signal))).rejects.toMatchObject(incomplete);
    script = () => ({ body: { Items: [{ pk: { S: 'p' } }] } });
    await expect(reader.query('p', {}, signal)).rejects.toMatchObject(incomplete);
    await expect(Array.fromAsync(writer.all(signal))).rejects.toMatchObject(incomplete);
  });
});

test('requests only unprocessed keys again, after longer and longer pauses, until it has all', async () => {
  const at: number[] = [];
  script = ({ input }) => {
    at.push(performance.now());
    const asked = (input.RequestItems as { catalog: { Keys: (typeof item)[] } }).catalog.Keys as never[];
    const [first, ...rest] = asked as { sk: { S: string } }[];
    return {
      body: {
        Responses: { catalog: [item(first!.sk.S)] },
        UnprocessedKeys: rest.length === 0 ? {} : { catalog: { Keys: rest, ConsistentRead: true } },
      },
    };
  };
  expect((await reader.get(keys(4), signal)).map(({ sk }) => sk)).toEqual(['n0', 'n1', 'n2', 'n3']);
  const asked = aws.calls.map(
    ({ input }) => (input.RequestItems as { catalog: { Keys: unknown[] } }).catalog.Keys.length,
  );
  expect(asked).toEqual([4, 3, 2, 1]);
  const pauses = at.slice(1).map((time, index) => time - at[index]!);
  for (const [index, atLeast] of [19, 39, 79].entries()) expect(pauses[index]).toBeGreaterThanOrEqual(atLeast);
});

test('every read is strongly consistent, and input is only in placeholders', async () => {
  const hostile = ':pk OR attribute_exists(#data)';
  script = ({ operation }) =>
    operation === 'BatchGetItem' ? { body: { Responses: {}, UnprocessedKeys: {} } } : { body: { Items: [] } };
  await reader.get([{ pk: hostile, sk: hostile }], signal);
  await reader.query(hostile, { prefix: hostile, after: `${hostile}x`, limit: 7 }, signal);
  await reader.query(hostile, {}, signal);
  await Array.fromAsync(writer.all(signal));
  await writer.write(
    [
      { pk: hostile, sk: 'a', put: hostile, expect: hostile },
      { pk: hostile, sk: 'b', delete: true, expect: null },
    ],
    signal,
  );
  const inputs = aws.calls.map(({ input }) => input);
  expect(inputs[0]).toMatchObject({ RequestItems: { catalog: { ConsistentRead: true } } });
  for (const read of inputs.slice(1, 4)) expect(read).toMatchObject({ TableName: 'catalog', ConsistentRead: true });
  const expressions = JSON.stringify(inputs).match(/"[A-Za-z]*Expression":"[^"]*"/g);
  expect(expressions).toEqual([
    '"KeyConditionExpression":"#pk = :pk AND begins_with(#sk, :prefix)"',
    '"KeyConditionExpression":"#pk = :pk"',
    '"ConditionExpression":"#data = :data"',
    '"ConditionExpression":"attribute_not_exists(#pk)"',
  ]);
});

describe('a write that is refused', () => {
  const cancelled = (...codes: string[]): ScriptedAnswer => ({
    status: 400,
    body: { __type: 'TransactionCanceledException', CancellationReasons: codes.map((Code) => ({ Code })) },
  });

  test.each<[string, ScriptedAnswer, object]>([
    ['by a condition', cancelled('None', 'ConditionalCheckFailed'), conflict],
    ['by another transaction', cancelled('TransactionConflict'), conflict],
    ['by one in progress', scriptedError(400, 'TransactionInProgressException'), conflict],
    ['by a throttle', cancelled('ThrottlingError'), unavailable],
    ['by its capacity', cancelled('ProvisionedThroughputExceeded', 'None'), unavailable],
    ['without reasons', cancelled(), unavailable],
    ['by permissions', scriptedError(400, 'AccessDeniedException'), unavailable],
  ])('%s', async (_, answer, expected) => {
    script = () => answer;
    await expect(writer.write([{ pk: 'p', sk: 'a', put: '1' }], signal)).rejects.toMatchObject(expected);
  });
});

test('a refusal’s cause holds nothing of the answer', async () => {
  script = () => ({ status: 500, body: { __type: 'InternalServerError', message: 'canary', extra: 'canary' } });
  const error = await reader.get(keys(1), signal).catch((thrown) => thrown);
  expect(error).toMatchObject(unavailable);
  expect(error.cause).toMatchObject({ name: 'InternalServerError', status: 500 });
  expect(JSON.stringify([error, { ...error.cause }, error.cause.message, error.cause.stack])).not.toContain('canary');
});
