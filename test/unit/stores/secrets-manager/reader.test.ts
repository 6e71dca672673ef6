import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { awsClientSettings } from '../../../../lib/aws/settings.ts';
import { secretsManagerReader } from '../../../../lib/stores/secrets-manager/reader.ts';
import type { Lookup, StoredValue } from '../../../../lib/stores/store.ts';
import { WaxsealError } from '../../../../lib/wire/errors.ts';
import { everythingIn } from '../../../kit/everything-in.ts';
import { type ScriptedAnswer, type ScriptedCall, scriptedError, startScriptedAws } from '../../../kit/scripted-aws.ts';

const ID = 'v'.repeat(32);
const NOT_FOUND = { code: 'not_found', message: 'The store has no such secret or version.' };
const UNAVAILABLE = { code: 'store_unavailable', retryAfter: 1 };
const signal = new AbortController().signal;
const current = (ref: string): Lookup => ({ ref, version: 'current' });
const arn = (tail: string) => `arn:aws:secretsmanager:us-east-1:123456789012:secret:${tail}`;
const entry = (Name: string, SecretString = `value of ${Name}`) => ({
  Name,
  ARN: arn(`${Name}-Suffix`),
  VersionId: ID,
  SecretString,
});
const idsOf = ({ input }: ScriptedCall) => input.SecretIdList as string[];

let aws: Awaited<ReturnType<typeof startScriptedAws>>;
let script: (call: ScriptedCall) => ScriptedAnswer;
let client: SecretsManagerClient;
let store: ReturnType<typeof secretsManagerReader>;

beforeEach(async () => {
  aws = await startScriptedAws((call) => script(call));
  client = new SecretsManagerClient({
    ...awsClientSettings({ region: 'us-east-1', endpoint: aws.endpoint, attempts: 1, connectMs: 500, requestMs: 300 }),
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  store = secretsManagerReader({ client });
});
afterEach(async () => {
  client.destroy();
  await aws.close();
});

const getMany = async (refs: readonly string[]) =>
  (await store.getMany(refs.map(current), signal)).map((outcome: StoredValue | WaxsealError) =>
    outcome instanceof WaxsealError ? outcome.code : outcome.value.reveal(),
  );

describe('Secrets Manager, one', () => {
  it.each([
    ['current', { VersionStage: 'AWSCURRENT' }],
    ['previous', { VersionStage: 'AWSPREVIOUS' }],
    [{ id: ID }, { VersionId: ID }],
  ] as const)('reads %j by %j', async (version, input) => {
    script = () => ({ body: entry('a') });
    await store.get({ ref: 'a', version }, signal);
    expect(aws.calls[0]!.input).toEqual({ SecretId: 'a', ...input });
  });

  it.each([
    ['ResourceNotFoundException', 400, NOT_FOUND],
    ['InvalidRequestException', 400, NOT_FOUND], // pending deletion
    ['InvalidParameterException', 400, NOT_FOUND],
    ['ValidationException', 400, NOT_FOUND],
    ['AccessDeniedException', 400, UNAVAILABLE],
    ['DecryptionFailure', 400, UNAVAILABLE],
    ['ThrottlingException', 400, UNAVAILABLE],
    ['ExpiredTokenException', 400, UNAVAILABLE],
    ['UnrecognizedClientException', 400, UNAVAILABLE],
    ['InternalServiceError', 500, UNAVAILABLE],
    ['ServiceUnavailable', 503, UNAVAILABLE],
    ['SomethingNew', 418, UNAVAILABLE],
  ])('turns %s (%i) into the right refusal', async (code, status, refusal) => {
    script = () => scriptedError(status, code);
    await expect(store.get(current('a'), signal)).rejects.toMatchObject({ name: 'WaxsealError', ...refusal });
    expect(await store.getMany([current('a')], signal)).toMatchObject([refusal]);
  });

  it('finds nothing in an answer without a value', async () => {
    script = () => ({ body: { ARN: arn('a-Suffix'), Name: 'a', VersionId: ID } });
    await expect(store.get(current('a'), signal)).rejects.toMatchObject(NOT_FOUND);
  });

  it('makes no call for an id that cannot exist', async () => {
    await expect(store.get(current('a:b'), signal)).rejects.toMatchObject(NOT_FOUND);
    await expect(store.get({ ref: 'a', version: { id: '7' } }, signal)).rejects.toMatchObject(NOT_FOUND);
    expect(await store.getMany([current('a:b')], signal)).toMatchObject([NOT_FOUND]);
    expect(aws.calls).toEqual([]);
  });

  it.each([
    ['broken JSON', { body: '{"SecretString":"canary-canary' }],
    ['no JSON', { body: 'canary' }],
    ['an error page with the value in it', { status: 500, body: '<html>canary</html>' }],
    ['an error that quotes the value', scriptedError(400, 'InternalServiceError', 'canary')],
    ['an answer that stalls', { body: { SecretString: 'canary'.repeat(100) }, stall: true as const }],
  ])('keeps %s out of the refusal', async (_, answer) => {
    script = () => answer;
    const thrown = await store.get(current('a'), signal).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(WaxsealError);
    expect(thrown).toMatchObject(UNAVAILABLE);
    expect(everythingIn(thrown)).not.toContain('canary');
  });
});

describe('Secrets Manager, many', () => {
  it('reads twenty at a time, each ref once', async () => {
    const refs = Array.from({ length: 41 }, (_, i) => `s${i}`);
    script = (call) =>
      call.operation === 'BatchGetSecretValue'
        ? {
            body: {
              SecretValues: idsOf(call)
                .map((id) => entry(id))
                .reverse(),
              Errors: [],
            },
          }
        : { body: entry(String(call.input.SecretId)) };
    expect(await getMany([...refs, 's0', 's40'])).toEqual([...refs, 's0', 's40'].map((ref) => `value of ${ref}`));
    expect(aws.operations().toSorted()).toEqual(['BatchGetSecretValue', 'BatchGetSecretValue', 'GetSecretValue']);
    expect(aws.calls.filter(({ input }) => input.SecretIdList).map((call) => idsOf(call).length)).toEqual([20, 20]);
  });

  it('reads other versions singly, side by side with the batch', async () => {
    script = (call) =>
      call.operation === 'BatchGetSecretValue'
        ? { body: { SecretValues: idsOf(call).map((id) => entry(id)) } }
        : { body: entry('a', JSON.stringify(call.input)) };
    const many = await store.getMany(
      [{ ref: 'a', version: 'previous' }, current('a'), { ref: 'b', version: { id: ID } }, current('b')],
      signal,
    );
    expect(many.map((one) => (one as StoredValue).value.reveal())).toEqual([
      '{"SecretId":"a","VersionStage":"AWSPREVIOUS"}',
      'value of a',
      `{"SecretId":"b","VersionId":"${ID}"}`,
      'value of b',
    ]);
  });

  it('gives each entry its own error', async () => {
    const errors = [
      'ResourceNotFoundException',
      'InvalidRequestException',
      'AccessDeniedException',
      'DecryptionFailure',
    ];
    const Errors = [...errors, 'InternalServiceError'].map((ErrorCode) => ({
      SecretId: ErrorCode,
      ErrorCode,
      Message: '',
    }));
    script = () => ({
      body: { SecretValues: [entry('good'), { ...entry('empty'), SecretString: undefined }], Errors },
    });
    const codes = await getMany(['good', 'empty', ...errors, 'InternalServiceError']);
    const refused = [
      'not_found',
      'not_found',
      'not_found',
      'store_unavailable',
      'store_unavailable',
      'store_unavailable',
    ];
    expect(codes).toEqual(['value of good', ...refused]);
    expect(aws.operations()).toEqual(['BatchGetSecretValue']);
  });

  it('tells names and ARNs apart, even if they look like each other', async () => {
    const app = { ...entry('app'), ARN: arn('app-abcdef') };
    const trap = { ...entry('app-abcdef'), ARN: arn('app-abcdef-123456') };
    script = () => ({ body: { SecretValues: [trap, app] } });
    expect(await getMany(['app-abcdef', 'app', app.ARN, trap.ARN])).toEqual([
      'value of app-abcdef',
      'value of app',
      'value of app',
      'value of app-abcdef',
    ]);
  });

  it('reads singly what an answer does not mention', async () => {
    script = ({ operation, input }) =>
      operation === 'BatchGetSecretValue'
        ? { body: { SecretValues: [entry('a')] } }
        : { body: entry(String(input.SecretId)) };
    expect(await getMany(['a', 'b', 'c'])).toEqual(['value of a', 'value of b', 'value of c']);
    expect(aws.operations()).toEqual(['BatchGetSecretValue', 'GetSecretValue', 'GetSecretValue']);
  });

  it.each(['AccessDeniedException', 'ResourceNotFoundException', 'InvalidParameterException', 'DecryptionFailure'])(
    'reads singly when the whole batch fails with %s',
    async (code) => {
      script = ({ operation, input }) =>
        operation === 'BatchGetSecretValue'
          ? scriptedError(400, code)
          : input.SecretId === 'b'
            ? scriptedError(400, 'ResourceNotFoundException')
            : { body: entry(String(input.SecretId)) };
      expect(await getMany(['a', 'b', 'c'])).toEqual(['value of a', 'not_found', 'value of c']);
      expect(aws.operations()).toEqual(['BatchGetSecretValue', ...Array(3).fill('GetSecretValue')]);
    },
  );

  it.each([
    ['throttled', scriptedError(400, 'ThrottlingException')],
    ['failing', scriptedError(500, 'InternalServiceError')],
    ['silent', { hang: true as const }],
  ])('does not read singly from a %s store', async (_, answer) => {
    script = () => answer;
    expect(await getMany(['a', 'b', 'c'])).toEqual(Array(3).fill('store_unavailable'));
    expect(aws.operations()).toEqual(['BatchGetSecretValue']);
  });

  it('keeps a broken answer out of the refusals', async () => {
    script = () => ({ body: '{"SecretValues":[{"SecretString":"canary' });
    const many = await store.getMany([current('a'), current('b')], signal);
    expect(many).toMatchObject([UNAVAILABLE, UNAVAILABLE]);
    expect(everythingIn(many)).not.toContain('canary');
  });
});
