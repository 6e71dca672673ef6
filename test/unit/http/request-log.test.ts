import { describe, expect, it } from 'vitest';
import { refusalLog } from '../../../lib/http/request-log.ts';
import { WaxsealError } from '../../../lib/wire/errors.ts';

const withCause = (cause: unknown) => refusalLog(new WaxsealError('store_unavailable', undefined, { cause })).causes;

describe('the refusal’s part of a log line', () => {
  it('is code, fixed text and pointer, without causes where there is none', () => {
    expect(refusalLog(new WaxsealError('invalid_request', 'Fixed text.', { pointer: '/field' }))).toEqual({
      code: 'invalid_request',
      reason: 'Fixed text.',
      pointer: '/field',
    });
  });

  it('names each error underneath: its kind, code, place, and what AWS calls its request', () => {
    const aws = Object.assign(new Error('told by AWS'), {
      name: 'ThrottlingException',
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

  it('holds no message that is not ours, whatever stands in it', () => {
    for (const message of [
      'secret',
      'secret\n    at secret (file:///secret.ts:1:1)',
      '\n    at secret (/secret.ts:1:1)\n    at secret.ts:2:2',
      'Error: secret\n    at secret:1:1',
    ])
      expect(JSON.stringify(withCause(new TypeError(message)))).not.toContain('secret');
  });

  it('holds no message that was changed after the fact, and no stack that is none', () => {
    const changed = new Error('secret\n    at secret:1:1');
    changed.message = 'harmless';
    const none = new Error('x');
    none.stack = 'secret';
    expect(JSON.stringify([withCause(changed), withCause(none)])).not.toContain('secret');
  });

  it('says of what is no error only what type it is', () => {
    for (const cause of ['secret', 7, { secret: 1 }, Symbol('secret')])
      expect(withCause(cause)).toEqual([{ name: typeof cause }]);
  });

  it('ends after five, also where the causes go in a circle', () => {
    const one = new Error('one');
    const two = new Error('two', { cause: one });
    one.cause = two;
    expect(withCause(one)).toHaveLength(5);
  });
});
