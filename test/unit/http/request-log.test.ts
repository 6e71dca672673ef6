import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { bareCause } from '../../../lib/aws/cause.ts';
import { awsClientSettings } from '../../../lib/aws/settings.ts';
import { refusalLog } from '../../../lib/http/request-log.ts';
import { secretsManagerReader } from '../../../lib/stores/secrets-manager/reader.ts';
import { WaxsealError } from '../../../lib/wire/errors.ts';
import { scriptedError, startScriptedAws } from '../../kit/scripted-aws.ts';

const withCause = (cause: unknown) => refusalLog(new WaxsealError('store_unavailable', undefined, { cause })).causes;

describe('the refusal’s part of a log line', () => {
  it('is code, fixed text and pointer, without causes if there are none', () => {
    expect(refusalLog(new WaxsealError('invalid_request', 'Fixed text.', { pointer: '/field' }))).toEqual({
      code: 'invalid_request',
      reason: 'Fixed text.',
      pointer: '/field',
    });
  });

  it('lists each error underneath: its name, code and place, and AWS’s request id', () => {
    const aws = bareCause({
      name: 'ThrottlingException',
      message: 'told by AWS',
      $metadata: { httpStatusCode: 400, requestId: 'aws-1' },
      code: 'Throttled',
    });
    const ours = new WaxsealError('store_unavailable', 'The store cannot be reached.', { cause: aws });
    const at = expect.arrayContaining([expect.stringMatching(/request-log\.test\.ts:\d+:\d+$/)]);
    expect(withCause(ours)).toEqual([
      { name: 'WaxsealError', code: 'store_unavailable', text: 'The store cannot be reached.', at },
      { name: 'ThrottlingException', code: 'Throttled', upstream_status: 400, upstream_request_id: 'aws-1', at },
    ]);
  });

  it('has the status and request id with which AWS refused a call', async () => {
    const aws = await startScriptedAws(() => scriptedError(400, 'ThrottlingException', 'canary'));
    const client = new SecretsManagerClient({
      ...awsClientSettings({
        region: 'us-east-1',
        endpoint: aws.endpoint,
        attempts: 1,
        connectMs: 500,
        requestMs: 500,
      }),
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    const get = secretsManagerReader({ client }).get({ ref: 'a', version: 'current' }, AbortSignal.timeout(5000));
    const refusal = await get.then(() => undefined).catch((error: WaxsealError) => error);
    client.destroy();
    await aws.close();
    const { causes } = refusalLog(refusal!);
    const kept = { upstream_status: 400, upstream_request_id: 'scripted-1' };
    expect(causes).toEqual([expect.objectContaining({ name: 'ThrottlingException', ...kept })]);
    expect(JSON.stringify(causes)).not.toContain('canary');
  });

  it('never has a message that is not ours, whatever it says', () => {
    for (const message of [
      'secret',
      'secret\n    at secret (file:///secret.ts:1:1)',
      '\n    at secret (/secret.ts:1:1)\n    at secret.ts:2:2',
      'Error: secret\n    at secret:1:1',
    ])
      expect(JSON.stringify(withCause(new TypeError(message)))).not.toContain('secret');
  });

  it('never has a message that was changed afterwards, or a stack that is not one', () => {
    const changed = new Error('secret\n    at secret:1:1');
    changed.message = 'harmless';
    const none = new Error('x');
    none.stack = 'secret';
    expect(JSON.stringify([withCause(changed), withCause(none)])).not.toContain('secret');
  });

  it('only has the type of what is not an error', () => {
    for (const cause of ['secret', 7, { secret: 1 }, Symbol('secret')])
      expect(withCause(cause)).toEqual([{ name: typeof cause }]);
  });

  it('ends after five causes, even if they form a circle', () => {
    const one = new Error('one');
    const two = new Error('two', { cause: one });
    one.cause = two;
    expect(withCause(one)).toHaveLength(5);
  });
});
