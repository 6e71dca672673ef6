import {
  BatchGetItemCommand,
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { awsClientSettings } from '../kit/aws-environment.ts';
import { type FaultProxy, startFaultProxy } from '../kit/fault-proxy.ts';
import { internalError } from '../kit/faults.ts';
import { localstackEndpoint } from './endpoint.ts';

const endpoint = await localstackEndpoint();
const unique = (name: string) => `kit-${name}-${crypto.randomUUID()}`;

describe('fault proxy', () => {
  const table = unique('table');
  const [first, second] = [unique('secret'), unique('secret')];
  let proxy: FaultProxy;
  let dynamodb: DynamoDBClient;
  let secrets: SecretsManagerClient;

  beforeAll(async () => {
    proxy = await startFaultProxy(endpoint);
    const settings = { ...awsClientSettings(proxy.url), maxAttempts: 1 };
    dynamodb = new DynamoDBClient(settings);
    secrets = new SecretsManagerClient(settings);
    await dynamodb.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      }),
    );
    for (const pk of ['a', 'b', 'c']) {
      await dynamodb.send(new PutItemCommand({ TableName: table, Item: { pk: { S: pk } } }));
    }
    for (const Name of [first, second]) {
      await secrets.send(new CreateSecretCommand({ Name, SecretString: `value of ${Name}` }));
    }
  });
  beforeEach(() => proxy.reset());
  afterAll(async () => {
    proxy.reset();
    await dynamodb.send(new DeleteTableCommand({ TableName: table }));
    await proxy.close();
    dynamodb.destroy();
    secrets.destroy();
  });

  const item = (pk: string) => new GetItemCommand({ TableName: table, Key: { pk: { S: pk } }, ConsistentRead: true });
  const batch = () =>
    new BatchGetItemCommand({
      RequestItems: { [table]: { Keys: ['a', 'b', 'c'].map((pk) => ({ pk: { S: pk } })), ConsistentRead: true } },
    });

  it('passes calls on and records them', async () => {
    const { Item } = await dynamodb.send(item('a'));
    expect(Item).toEqual({ pk: { S: 'a' } });
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: first }));
    expect(SecretString).toBe(`value of ${first}`);
    expect(proxy.operations()).toEqual(['GetItem', 'GetSecretValue']);
    expect(proxy.calls()[0]).toMatchObject({
      service: 'DynamoDB',
      request: { TableName: table, ConsistentRead: true },
    });
    expect(proxy.calls()[1]).toMatchObject({ service: 'secretsmanager', request: { SecretId: first } });
  });

  it.each([
    ['throttled table', { kind: 'throttle' }, 'ProvisionedThroughputExceededException', 400],
    ['throttled account', { kind: 'throttle', code: 'RequestLimitExceeded' }, 'RequestLimitExceeded', 400],
    ['throttled control', { kind: 'throttle', code: 'ThrottlingException' }, 'ThrottlingException', 400],
    ['failing service', internalError, 'InternalServerError', 500],
  ] as const)('answers as a %s does', async (_, fault, name, httpStatusCode) => {
    proxy.inject('GetItem', fault);
    await expect(dynamodb.send(item('a'))).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
  });

  it('answers as a throttled Secrets Manager does', async () => {
    proxy.inject('GetSecretValue', { kind: 'throttle' });
    const call = secrets.send(new GetSecretValueCommand({ SecretId: first }));
    await expect(call).rejects.toMatchObject({ name: 'ThrottlingException', message: 'Rate exceeded' });
  });

  it('lets the first calls pass, then fails the given number of times', async () => {
    proxy.inject('GetItem', internalError, { after: 1, times: 2 });
    const outcomes: string[] = [];
    for (let i = 0; i < 4; i++) {
      outcomes.push(
        await dynamodb.send(item('a')).then(
          () => 'read',
          (failure: Error) => failure.name,
        ),
      );
    }
    expect(outcomes).toEqual(['read', 'InternalServerError', 'InternalServerError', 'read']);
    expect(proxy.calls().map(({ fault }) => fault?.kind)).toEqual([undefined, 'error', 'error', undefined]);
  });

  it('removes a fault', async () => {
    const remove = proxy.inject('*', internalError);
    await expect(dynamodb.send(item('a'))).rejects.toThrow();
    remove();
    await expect(dynamodb.send(item('a'))).resolves.toBeDefined();
  });

  it('resets a connection', async () => {
    proxy.inject('GetItem', { kind: 'reset' });
    await expect(dynamodb.send(item('a'))).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('loses the answer to a call that took effect', async () => {
    proxy.inject('PutItem', { kind: 'lose-answer' });
    const put = new PutItemCommand({ TableName: table, Item: { pk: { S: 'lost' } } });
    await expect(dynamodb.send(put)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await dynamodb.send(item('lost'))).Item).toEqual({ pk: { S: 'lost' } });
  });

  it('hangs until the caller gives up', async () => {
    proxy.inject('GetItem', { kind: 'hang' });
    const abortSignal = AbortSignal.timeout(200);
    await expect(dynamodb.send(item('a'), { abortSignal })).rejects.toMatchObject({ name: 'AbortError' });
    expect(proxy.operations()).toEqual(['GetItem']);
  });

  it('delays', async () => {
    proxy.inject('GetItem', { kind: 'delay', ms: 300 });
    const started = performance.now();
    await dynamodb.send(item('a'));
    expect(performance.now() - started).toBeGreaterThanOrEqual(295);
  });

  it('leaves keys of a batch unprocessed', async () => {
    proxy.inject('BatchGetItem', { kind: 'unprocessed', read: 1 }, { times: 1 });
    proxy.inject('BatchGetItem', { kind: 'unprocessed', read: 0 }, { times: 1 });
    const some = await dynamodb.send(batch());
    expect(some.Responses?.[table]).toEqual([{ pk: { S: 'a' } }]);
    expect(some.UnprocessedKeys).toEqual({
      [table]: { Keys: [{ pk: { S: 'b' } }, { pk: { S: 'c' } }], ConsistentRead: true },
    });
    const none = await dynamodb.send(batch());
    expect(none).toMatchObject({ Responses: {}, UnprocessedKeys: { [table]: { ConsistentRead: true } } });
    expect((await dynamodb.send(batch())).UnprocessedKeys).toEqual({});
  });

  it('fails some secrets of a batch', async () => {
    proxy.inject('BatchGetSecretValue', { kind: 'secret-errors', errors: { [second]: 'DecryptionFailure' } });
    const read = await secrets.send(new BatchGetSecretValueCommand({ SecretIdList: [first, second] }));
    expect(read.SecretValues?.map(({ Name }) => Name)).toEqual([first]);
    expect(read.Errors).toMatchObject([{ SecretId: second, ErrorCode: 'DecryptionFailure' }]);
  });
});
