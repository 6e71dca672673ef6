import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import {
  BatchGetItemCommand,
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  DeleteFunctionCommand,
  InvokeCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { strToU8, zipSync } from 'fflate';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { awsClientSettings } from '../kit/aws-environment.ts';
import { type FaultProxy, startFaultProxy } from '../kit/fault-proxy.ts';
import { internalError } from '../kit/faults.ts';
import { runFunction } from '../kit/lambda-function.ts';
import { skippedResources } from '../kit/skipped-resources.ts';
import { runCfnGuard, runCfnLint } from '../kit/template-checks.ts';

const endpoint = inject('localstackEndpoint');
const unique = (name: string) => `kit-${name}-${crypto.randomUUID()}`;

const ECHO = `
export const handler = async (event, context) => {
  if (event.fail) throw new TypeError('as asked');
  if (event.exit) process.exit(3);
  console.log('heard', event.hello);
  return { statusCode: 200, body: JSON.stringify({ event, node: process.version, arn: context.invokedFunctionArn }) };
};`;

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

  it('counts: first lets pass, then fails so often', async () => {
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

  it('takes a fault away', async () => {
    const remove = proxy.inject('*', internalError);
    await expect(dynamodb.send(item('a'))).rejects.toThrow();
    remove();
    await expect(dynamodb.send(item('a'))).resolves.toBeDefined();
  });

  it('resets a connection', async () => {
    proxy.inject('GetItem', { kind: 'reset' });
    await expect(dynamodb.send(item('a'))).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('loses the answer to a call that was done', async () => {
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

  it('fails single secrets of a batch', async () => {
    proxy.inject('BatchGetSecretValue', { kind: 'secret-errors', errors: { [second]: 'DecryptionFailure' } });
    const read = await secrets.send(new BatchGetSecretValueCommand({ SecretIdList: [first, second] }));
    expect(read.SecretValues?.map(({ Name }) => Name)).toEqual([first]);
    expect(read.Errors).toMatchObject([{ SecretId: second, ErrorCode: 'DecryptionFailure' }]);
  });
});

describe('Lambda on LocalStack', () => {
  const lambda = new LambdaClient(awsClientSettings(endpoint));
  afterAll(() => lambda.destroy());

  async function create(source: string): Promise<string> {
    const FunctionName = unique('function').slice(0, 64);
    const ZipFile = zipSync({ 'index.mjs': strToU8(source) });
    const Role = 'arn:aws:iam::000000000000:role/kit';
    const Handler = 'index.handler';
    await lambda.send(
      new CreateFunctionCommand({ FunctionName, Role, Handler, Runtime: 'nodejs24.x', Code: { ZipFile } }),
    );
    await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60, minDelay: 1 }, { FunctionName });
    return FunctionName;
  }
  const invoke = async (FunctionName: string, event: unknown) => {
    const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));
    return { error: answer.FunctionError, payload: JSON.parse(answer.Payload?.transformToString() ?? 'null') };
  };

  it('runs a function on the pinned Node, reports its errors, and serves its URL', async () => {
    const FunctionName = await create(ECHO);
    const { payload } = await invoke(FunctionName, { hello: 1 });
    expect(JSON.parse(payload.body)).toMatchObject({ event: { hello: 1 }, node: process.version });
    expect(await invoke(FunctionName, { fail: true })).toMatchObject({
      error: 'Unhandled',
      payload: { errorType: 'TypeError', errorMessage: 'as asked' },
    });
    expect(await invoke(FunctionName, { exit: true })).toMatchObject({ payload: { errorType: 'Runtime.ExitError' } });
    expect((await invoke(FunctionName, {})).error).toBeUndefined();

    const url = await lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE' }));
    const front = await startFaultProxy(endpoint, new URL(url.FunctionUrl!).host);
    const answer = (await (await fetch(`${front.url}/v1/get?x=1`, { method: 'POST', body: 'hi' })).json()) as {
      event: { rawPath: string; rawQueryString: string; body: string };
    };
    expect(answer.event).toMatchObject({ rawPath: '/v1/get', rawQueryString: 'x=1' });
    expect(front.operations()).toEqual(['POST /v1/get']);
    await front.close();
    await lambda.send(new DeleteFunctionCommand({ FunctionName }));
  });

  it('gives the error of an initialisation to each invocation', async () => {
    const FunctionName = await create(`throw new RangeError('no configuration'); export const handler = () => {};`);
    for (let i = 0; i < 2; i++) {
      expect(await invoke(FunctionName, {})).toMatchObject({
        error: 'Unhandled',
        payload: { errorMessage: 'no configuration' },
      });
    }
    await lambda.send(new DeleteFunctionCommand({ FunctionName }));
  });
});

describe('a function without LocalStack', () => {
  const directory = mkdtempSync(join(tmpdir(), 'waxseal-kit-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'echo.mjs'), ECHO);
  writeFileSync(join(directory, 'broken.mjs'), `throw new RangeError('no configuration');`);

  it('answers events and shows its initialisation time, memory and output', async () => {
    const running = await runFunction({ directory, handler: 'echo.handler' });
    expect(running.initialisation).toBeGreaterThan(10);
    const [one, two] = await Promise.all([running.invoke({ hello: 'one' }), running.invoke({ hello: 'two' })]);
    expect(one).toMatchObject({ ok: true, contentType: 'application/json' });
    expect(JSON.parse(JSON.parse(two.payload).body).event).toEqual({ hello: 'two' });
    expect(await running.invoke({ fail: true })).toMatchObject({
      ok: false,
      payload: expect.stringContaining('as asked'),
    });
    expect(running.memory().resident).toBeGreaterThan(10_000_000);
    expect(running.memory().peak).toBeGreaterThanOrEqual(running.memory().resident);
    expect(running.output()).toContain('one');
    await expect(running.invoke({ exit: true })).rejects.toThrow("The function's process ended with 3.");
    await running.stop();
  });

  it('says why one cannot initialise', async () => {
    const start = runFunction({ directory, handler: 'broken.handler' });
    await expect(start).rejects.toThrow(/^The function could not initialise: .*no configuration/);
  });
});

describe('templates', () => {
  const directory = mkdtempSync(join(tmpdir(), 'waxseal-kit-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const template = join(directory, 'template.json');
  const rules = join(directory, 'queues.guard');
  const queue = (Properties: object) =>
    JSON.stringify({ Resources: { Queue: { Type: 'AWS::SQS::Queue', Properties } } });
  writeFileSync(rules, "rule queues_wait { Resources.*[ Type == 'AWS::SQS::Queue' ].Properties.DelaySeconds == 5 }\n");

  it('are linted and guarded', async () => {
    writeFileSync(template, queue({ DelaySeconds: 5 }));
    expect(await runCfnLint([template])).toMatchObject({ status: 0 });
    const guard = ['validate', '--data', template, '--rules', rules];
    expect(await runCfnGuard(guard)).toMatchObject({ status: 0 });
    writeFileSync(template, queue({ DelaySeconds: 'soon' }));
    expect(await runCfnLint([template])).toMatchObject({ status: 2, output: expect.stringContaining('E3012') });
    expect(await runCfnGuard(guard)).toMatchObject({ status: 19, output: expect.stringContaining('queues_wait') });
  });

  it('are deployed with what LocalStack has; the rest is listed', async () => {
    const client = new CloudFormationClient(awsClientSettings(endpoint));
    const StackName = unique('stack');
    const Resources = {
      Setting: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value: 'x' } },
      Watch: { Type: 'AWS::GuardDuty::Detector', Properties: { Enable: true } },
      Plan: { Type: 'AWS::Budgets::Budget', Properties: { Budget: { BudgetType: 'COST', TimeUnit: 'MONTHLY' } } },
    };
    await client.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify({ Resources }) }));
    await waitUntilStackCreateComplete({ client, maxWaitTime: 60, minDelay: 1 }, { StackName });
    expect(await skippedResources(endpoint, StackName)).toEqual([
      { logicalId: 'Plan', type: 'AWS::Budgets::Budget' },
      { logicalId: 'Watch', type: 'AWS::GuardDuty::Detector' },
    ]);
    await client.send(new DeleteStackCommand({ StackName }));
    client.destroy();
  });
});
