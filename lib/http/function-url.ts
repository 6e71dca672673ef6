import { randomUUID } from 'node:crypto';
import { REFUSALS } from '../wire/errors.ts';
import { isJsonObject, own } from '../wire/strict-json.ts';

/**
 * Tells whether an invocation is a request through the Function URL (payload format 2.0). Whoever may invoke the function
 * directly can imitate that, and gains nothing: the token decides, and nothing in `requestContext` is believed.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
export function isFunctionUrlEvent(event: unknown): boolean {
  if (!isJsonObject(event) || own(event, 'version') !== '2.0') return false;
  const context = own(event, 'requestContext');
  if (!isJsonObject(context) || !isJsonObject(own(context, 'http'))) return false;
  const domain = own(context, 'domainName');
  return typeof domain === 'string' && domain.includes('.lambda-url.') && typeof own(event, 'rawPath') === 'string';
}

/** The answer to an invocation of another shape: the same problem details as everywhere. */
export function refusedInvocation(): object {
  const problem = {
    type: '/v1/errors/invalid_request',
    title: REFUSALS.invalid_request.text,
    status: 400,
    detail: 'The function is only called through its URL.',
    code: 'invalid_request',
    request_id: randomUUID(),
  };
  return {
    statusCode: 400,
    headers: { 'content-type': 'application/problem+json' },
    body: JSON.stringify(problem),
  };
}
