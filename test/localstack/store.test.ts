import { randomUUID } from 'node:crypto';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { awsClientSettings } from '../../lib/aws/settings.ts';
import { secretsManagerReader } from '../../lib/stores/secrets-manager/reader.ts';
import { secretsManagerWriter } from '../../lib/stores/secrets-manager/writer.ts';
import type { StoredValue } from '../../lib/stores/store.ts';
import { WaxsealError } from '../../lib/wire/errors.ts';
import { SecretValue } from '../../lib/wire/secret-value.ts';
import { secretStoreContract } from '../contract/secret-store.ts';
import { awsClientSettings as testSettings } from '../kit/aws-environment.ts';
import { everythingIn } from '../kit/everything-in.ts';
import { type FaultProxy, startFaultProxy } from '../kit/fault-proxy.ts';
import { internalError } from '../kit/faults.ts';
import { localstackEndpoint } from './endpoint.ts';

const endpoint = await localstackEndpoint();
const limits = { attempts: 2, connectMs: 5000, requestMs: 20_000 }; // LocalStack may be slow on a busy machine
const connect = (url: string, more: Partial<typeof limits> = {}) =>
  new SecretsManagerClient({ ...awsClientSettings({ ...limits, ...more }), ...testSettings(url) });
const signal = new AbortController().signal;
const current = (ref: string) => ({ ref, version: 'current' as const });

secretStoreContract('Secrets Manager on LocalStack', async () => {
  const client = connect(endpoint);
  const prefix = `contract-${randomUUID()}`;
  const writer = secretsManagerWriter({ client, prefix, recoveryDays: 0 });
  return { reader: secretsManagerReader({ client }), writer, prefix, close: async () => client.destroy() };
});

describe('Secrets Manager on LocalStack', () => {
  const prefix = `store-${randomUUID()}`;
  const client = connect(endpoint);
  const store = secretsManagerReader({ client });
  const writer = secretsManagerWriter({ client, prefix });
  afterAll(() => client.destroy());

  it('reads by whole ARN and by ARN without suffix, one and many', async () => {
    const names = [`${prefix}/by-arn`, `${prefix}/by-arn-abcdef`];
    const whole: string[] = [];
    for (const Name of names) {
      const { ARN } = await client.send(new CreateSecretCommand({ Name, SecretString: `value of ${Name}` }));
      whole.push(ARN!);
    }
    for (const [i, ref] of whole.entries())
      expect((await store.get(current(ref), signal)).value.reveal()).toBe(`value of ${names[i]}`);
    const many = await store.getMany([...whole, ...names].map(current), signal);
    expect(many.map((one) => (one as StoredValue).value.reveal())).toEqual(
      [...names, ...names].map((name) => `value of ${name}`),
    );
  });

  it('follows the labels when an operator moves them', async () => {
    const ref = `${prefix}/rolled-back`;
    const one = await writer.put(ref, new SecretValue('one'), signal);
    const two = await writer.put(ref, new SecretValue('two'), signal);
    await client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: ref,
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: one,
        RemoveFromVersionId: two,
      }),
    );
    expect((await store.get(current(ref), signal)).value.reveal()).toBe('one');
    expect((await store.get({ ref, version: 'previous' }, signal)).value.reveal()).toBe('two');
    expect(await writer.describe(ref, signal)).toMatchObject({ current: one, previous: two });
  });

  it('finds nothing in a secret without a value, alone and next to others', async () => {
    const [empty, full] = [`${prefix}/empty`, `${prefix}/full`];
    await client.send(new CreateSecretCommand({ Name: empty }));
    await writer.put(full, new SecretValue('x'), signal);
    await expect(store.get(current(empty), signal)).rejects.toMatchObject({ code: 'not_found' });
    const many = await store.getMany([current(empty), current(full)], signal);
    expect(many).toMatchObject([{ code: 'not_found' }, { versionId: expect.any(String) }]);
  });

  it('finds nothing in a secret that is pending deletion, which can be undone', async () => {
    const ref = `${prefix}/deleted`;
    await writer.put(ref, new SecretValue('x'), signal);
    await writer.delete(ref, signal);
    await expect(store.get(current(ref), signal)).rejects.toMatchObject({ code: 'not_found' });
    expect(await store.getMany([current(ref), current(`${prefix}/nothing`)], signal)).toMatchObject([
      { code: 'not_found' },
      { code: 'not_found' },
    ]);
    await expect(writer.describe(ref, signal)).rejects.toMatchObject({ code: 'not_found' });
    await client.send(new DeleteSecretCommand({ SecretId: ref, ForceDeleteWithoutRecovery: true }));
  });

  it.each(['elsewhere/x', 'x', `${prefix}x/y`, `${prefix}/a:b`, ''])('does not write at %j', async (ref) => {
    const refusal = {
      code: 'invalid_request',
      message: 'The ref is not valid, or is outside the prefix that this store may write.',
    };
    await expect(writer.put(ref, new SecretValue('x'), signal)).rejects.toMatchObject(refusal);
    await expect(writer.delete(ref, signal)).rejects.toMatchObject(refusal);
  });

  it('refuses an empty value', async () => {
    const refusal = { code: 'invalid_request', message: 'This store cannot hold an empty value.' };
    await expect(writer.put(`${prefix}/none`, new SecretValue(''), signal)).rejects.toMatchObject(refusal);
  });
});

describe('Secrets Manager in trouble', () => {
  const prefix = `trouble-${randomUUID()}`;
  const canary = `canary-${randomUUID()}`;
  const refs = ['a', 'b', 'c'].map((name) => `${prefix}/${name}`);
  const UNAVAILABLE = { name: 'WaxsealError', code: 'store_unavailable', retryAfter: 1 };
  let proxy: FaultProxy;
  let client: SecretsManagerClient;
  const store = () => secretsManagerReader({ client });
  const writer = () => secretsManagerWriter({ client, prefix });

  beforeAll(async () => {
    proxy = await startFaultProxy(endpoint);
    client = connect(proxy.url);
    for (const ref of refs) await writer().put(ref, new SecretValue(canary), signal);
  });
  beforeEach(() => proxy.reset());
  afterAll(async () => {
    client.destroy();
    await proxy.close();
  });

  const silent = (thrown: unknown) => {
    expect(thrown).toMatchObject(UNAVAILABLE);
    expect(everythingIn(thrown)).not.toContain(canary);
  };

  it.each([
    ['throttled', { kind: 'throttle' }, 2],
    ['failing', internalError, 2],
    ['resetting', { kind: 'reset' }, 2],
    ['losing its answers', { kind: 'lose-answer' }, 2],
    ['forbidden', { kind: 'error', status: 400, code: 'AccessDeniedException' }, 1],
    ['without its key', { kind: 'error', status: 400, code: 'DecryptionFailure' }, 1],
  ] as const)('%s: unavailable, within its attempts', async (_, fault, attempts) => {
    proxy.inject('*', fault);
    silent(
      await store()
        .get(current(refs[0]!), signal)
        .catch((error: unknown) => error),
    );
    expect(proxy.operations()).toEqual(Array(attempts).fill('GetSecretValue'));
    silent(
      await writer()
        .put(refs[0]!, new SecretValue(canary), signal)
        .catch((error: unknown) => error),
    );
    silent(
      await writer()
        .describe(refs[0]!, signal)
        .catch((error: unknown) => error),
    );
    silent(
      await writer()
        .delete(refs[0]!, signal)
        .catch((error: unknown) => error),
    );
  });

  it('silent: unavailable, within its attempts', async () => {
    const impatient = connect(proxy.url, { requestMs: 200 });
    proxy.inject('*', { kind: 'hang' });
    silent(
      await secretsManagerReader({ client: impatient })
        .get(current(refs[0]!), signal)
        .catch((error: unknown) => error),
    );
    expect(proxy.operations()).toEqual(['GetSecretValue', 'GetSecretValue']);
    impatient.destroy();
  });

  it.each([
    ['throttled', { kind: 'throttle' }],
    ['failing', internalError],
    ['resetting', { kind: 'reset' }],
  ] as const)('%s once: the second attempt serves', async (_, fault) => {
    proxy.inject('GetSecretValue', fault, { times: 1 });
    expect((await store().get(current(refs[0]!), signal)).value.reveal()).toBe(canary);
    expect(proxy.operations()).toEqual(['GetSecretValue', 'GetSecretValue']);
  });

  it.each(['hang', 'throttle'] as const)('ends with the budget of the request (%s)', async (kind) => {
    const patient = connect(proxy.url, { attempts: 20 });
    proxy.inject('*', { kind });
    const started = performance.now();
    const thrown = await secretsManagerReader({ client: patient })
      .get(current(refs[0]!), AbortSignal.timeout(200))
      .catch((error: unknown) => error);
    expect(performance.now() - started).toBeLessThan(2000);
    silent(thrown);
    patient.destroy();
  });

  it('gives each entry of a batch its own error', async () => {
    const errors = { [refs[0]!]: 'DecryptionFailure', [refs[2]!]: 'ResourceNotFoundException' };
    proxy.inject('BatchGetSecretValue', { kind: 'secret-errors', errors });
    const [a, b, c] = await store().getMany(refs.map(current), signal);
    silent(a);
    expect((b as StoredValue).value.reveal()).toBe(canary);
    expect(c).toMatchObject({ code: 'not_found' });
    expect(proxy.operations()).toEqual(['BatchGetSecretValue']);
  });

  it('reads singly when the role may not batch, but not when the store is in trouble', async () => {
    proxy.inject('BatchGetSecretValue', { kind: 'error', status: 400, code: 'AccessDeniedException' }, { times: 1 });
    const many = await store().getMany(refs.map(current), signal);
    expect(many.map((one) => one instanceof WaxsealError)).toEqual([false, false, false]);
    expect(proxy.operations()).toEqual(['BatchGetSecretValue', ...Array(3).fill('GetSecretValue')]);
    proxy.reset();
    proxy.inject('BatchGetSecretValue', internalError);
    for (const one of await store().getMany(refs.map(current), signal)) silent(one);
    expect(proxy.operations()).toEqual(['BatchGetSecretValue', 'BatchGetSecretValue']);
  });

  it('refuses to write a secret that is being deleted', async () => {
    proxy.inject('PutSecretValue', { kind: 'error', status: 400, code: 'InvalidRequestException' });
    const refusal = {
      code: 'conflict',
      message: 'The store cannot write this ref now, for example because it is pending deletion.',
    };
    const thrown = await writer()
      .put(refs[0]!, new SecretValue(canary), signal)
      .catch((error: unknown) => error);
    expect(thrown).toMatchObject(refusal);
    expect(everythingIn(thrown)).not.toContain(canary);
  });

  it('writes one version when the answer is lost', async () => {
    const before = (await writer().describe(refs[1]!, signal)).ids;
    proxy.reset();
    proxy.inject('PutSecretValue', { kind: 'lose-answer' }, { times: 1 });
    const id = await writer().put(refs[1]!, new SecretValue('again'), signal);
    const puts = proxy.calls().filter(({ operation }) => operation === 'PutSecretValue');
    expect(puts.map(({ request }) => request?.ClientRequestToken)).toEqual([id, id]);
    expect((await writer().describe(refs[1]!, signal)).ids).toEqual([...before, id]);
  });
});
