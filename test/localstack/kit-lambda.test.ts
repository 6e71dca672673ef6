import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  DeleteFunctionCommand,
  InvokeCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { strToU8, zipSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import { awsClientSettings } from '../kit/aws-environment.ts';
import { startFaultProxy } from '../kit/fault-proxy.ts';
import { runFunction } from '../kit/lambda-function.ts';
import { localstackEndpoint } from './endpoint.ts';

const endpoint = await localstackEndpoint();
const unique = (name: string) => `kit-${name}-${crypto.randomUUID()}`;

const ECHO = `
export const handler = async (event, context) => {
  if (event.fail) throw new TypeError('as asked');
  if (event.exit) process.exit(3);
  console.log('heard', event.hello);
  return { statusCode: 200, body: JSON.stringify({ event, node: process.version, arn: context.invokedFunctionArn }) };
};`;

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

  it('returns the error of an initialisation to each invocation', async () => {
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

  it('reports why one cannot initialise', async () => {
    const start = runFunction({ directory, handler: 'broken.handler' });
    await expect(start).rejects.toThrow(/^The function could not initialise: .*no configuration/);
  });
});
