import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { awsClientSettings } from '../../../lib/aws/settings.ts';
import { awsEnvironment } from '../../kit/aws-environment.ts';
import { type ScriptedAnswer, type ScriptedCall, scriptedError, startScriptedAws } from '../../kit/scripted-aws.ts';

let aws: Awaited<ReturnType<typeof startScriptedAws>>;
let script: (call: ScriptedCall) => ScriptedAnswer;
let client: SecretsManagerClient;

const limits = { attempts: 2, connectMs: 500, requestMs: 300 };
const read = (abortSignal?: AbortSignal) =>
  client.send(new GetSecretValueCommand({ SecretId: 'a' }), abortSignal ? { abortSignal } : {});

beforeEach(async () => {
  script = () => ({ body: { Name: 'a' } });
  aws = await startScriptedAws((call) => script(call));
  for (const [name, value] of Object.entries(awsEnvironment(aws.endpoint))) vi.stubEnv(name, value);
  vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', undefined);
  client = new SecretsManagerClient(awsClientSettings({ ...limits, endpoint: aws.endpoint }));
});
afterEach(async () => {
  client.destroy();
  await aws.close();
  vi.unstubAllEnvs();
});

describe('settings of the AWS clients', () => {
  it('keep a socket between calls', async () => {
    await read();
    await read();
    expect(new Set(aws.calls.map(({ socket }) => socket)).size).toBe(1);
  });

  it('try again when a kept socket has gone stale', async () => {
    await read();
    const [stale] = aws.calls.map(({ socket }) => socket);
    script = ({ socket }) => {
      if (socket === stale) socket.resetAndDestroy(); // what a frozen function finds when it wakes
      return { body: { Name: 'fresh' } };
    };
    expect(await read()).toMatchObject({ Name: 'fresh', $metadata: { attempts: 2 } });
    expect(aws.calls.map(({ socket }) => socket === stale)).toEqual([true, true, false]);
  });

  it.each([
    ['throttling', scriptedError(400, 'ThrottlingException')],
    ['server errors', scriptedError(500, 'InternalServiceError')],
  ])('stop after the given number of attempts, on %s', async (_, answer) => {
    script = () => answer;
    await expect(read()).rejects.toThrow();
    expect(aws.calls).toHaveLength(2);
  });

  it('do not repeat what would fail again', async () => {
    script = () => scriptedError(400, 'ResourceNotFoundException');
    await expect(read()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect(aws.calls).toHaveLength(1);
  });

  it('end an attempt that gets no answer in time', async () => {
    script = () => ({ hang: true });
    await expect(read()).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(aws.calls).toHaveLength(2);
  });

  it('end an attempt whose answer stalls half-way', async () => {
    script = () => ({ body: { SecretString: 'x'.repeat(1000) }, stall: true });
    await expect(read()).rejects.toThrow();
  });

  it.each(['hang', 'stall'] as const)('heed the signal while calls %s', async (how) => {
    script = () => ({ body: { SecretString: 'x'.repeat(1000) }, [how]: true });
    const controller = new AbortController();
    const waiting = read(controller.signal);
    await vi.waitFor(() => expect(aws.calls).toHaveLength(1));
    controller.abort();
    await expect(waiting).rejects.toThrow();
    expect(aws.calls).toHaveLength(1);
  });

  it('take region and endpoint if given, and otherwise leave them to the SDK', () => {
    expect(awsClientSettings({ ...limits, region: 'eu-central-1' })).toMatchObject({ region: 'eu-central-1' });
    expect(awsClientSettings(limits)).not.toHaveProperty('region');
    expect(awsClientSettings(limits)).not.toHaveProperty('endpoint');
    expect(awsClientSettings(limits)).not.toHaveProperty('credentials');
  });

  it('read a function’s credentials from its environment when they are needed', async () => {
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'broker');
    client = new SecretsManagerClient(awsClientSettings({ ...limits, endpoint: aws.endpoint }));
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDROLE');
    vi.stubEnv('AWS_SESSION_TOKEN', 'of the role');
    await read();
    expect(aws.calls[0]!.headers.authorization).toContain('Credential=AKIDROLE/');
    expect(aws.calls[0]!.headers['x-amz-security-token']).toBe('of the role');
  });

  it('send no unsigned calls when a function has no credentials', async () => {
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'broker');
    vi.stubEnv('AWS_ACCESS_KEY_ID', '');
    client = new SecretsManagerClient(awsClientSettings({ ...limits, endpoint: aws.endpoint }));
    await expect(read()).rejects.toThrow('The environment has no AWS credentials.');
    expect(aws.calls).toHaveLength(0);
  });
});
