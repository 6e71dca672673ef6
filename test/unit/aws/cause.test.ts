import { describe, expect, it } from 'vitest';
import { bareCause } from '../../../lib/aws/cause.ts';
import { everythingIn } from '../../kit/everything-in.ts';

describe('the cause that is kept of an AWS failure', () => {
  it('has name, code, status, request id and attempts', () => {
    const failure = Object.assign(new Error('canary'), {
      name: 'TimeoutError',
      code: 'ECONNRESET',
      $metadata: { httpStatusCode: 503, requestId: '6f1c-22', attempts: 3 },
    });
    const cause = bareCause(failure);
    const told = { name: 'TimeoutError', code: 'ECONNRESET', status: 503, awsRequestId: '6f1c-22', attempts: 3 };
    expect(cause).toMatchObject({ ...told, message: 'TimeoutError' });
  });

  it('keeps messages that say what to repair', () => {
    const failure = Object.assign(new Error('not authorized to perform: kms:Decrypt'), {
      name: 'AccessDeniedException',
    });
    expect(bareCause(failure).message).toBe('not authorized to perform: kms:Decrypt');
  });

  it('keeps nothing else that is attached to an error', () => {
    const failure = Object.assign(new SyntaxError('Unexpected token in "canary"'), {
      $response: { body: 'canary' },
      code: 'canary with a space',
      $metadata: { requestId: 'canary with a space', cfId: 'canary' },
      cause: new Error('canary'),
    });
    Object.defineProperty(failure, '$responseBodyText', { value: 'canary', enumerable: false });
    expect(everythingIn(bareCause(failure))).not.toContain('canary');
  });

  it.each([undefined, null, 'canary', 7, {}, { name: 'canary with a space' }])('can be made of %j', (thrown) => {
    const cause = bareCause(thrown);
    expect(cause).toBeInstanceOf(Error);
    expect(everythingIn(cause)).not.toContain('canary');
  });
});
