import { randomUUID } from 'node:crypto';
import type { Hono } from 'hono';
import { handle, type LambdaEvent } from 'hono/aws-lambda';
import { WaxsealError } from '../wire/errors.ts';
import { isJsonObject, type JsonObject, own } from '../wire/strict-json.ts';
import { problem, refusalHeaders } from './answers.ts';

/** The headers that the app reads. No others are passed on, so that none can break the adapter or reach its log. */
const HEADERS = ['authorization', 'content-encoding', 'content-type', 'dpop'];
const PRINTABLE = /^[\t\x20-\x7e]*$/;
const DOMAIN = /^[a-z0-9-]+\.lambda-url\.[a-z0-9.-]+(?::\d{1,5})?$/i; // emulators name their port
const PATH = /^\/[^\x00-\x1f\x7f?#]*$/;
const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/; // a token, RFC 9110 section 9.1
/** Any other method becomes `OTHER`, which no endpoint accepts: the adapter cannot make a request of TRACE, for one. */
const PASSED_ON = /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/;
/** What a URL with IAM authentication uses itself, as behind CloudFront's origin access control: never a caller's token. */
const AWS_SIGNATURE = /^AWS4-HMAC-SHA256 /;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * Serves an app behind a Function URL. Invocations of any other shape are refused without being processed. Anyone who may
 * invoke the function directly can imitate the shape, and gains nothing: the token decides, and nothing in `requestContext`
 * is trusted.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
export function functionUrlHandler(app: Hono): (event: unknown) => Promise<object> {
  const serve = handle(app);
  return async (event) => {
    const request = readEvent(event);
    return request === undefined ? refusedInvocation() : serve(request as unknown as LambdaEvent);
  };
}

/**
 * The part of the event that the app receives, or undefined if it is not a request through the Function URL (payload format
 * 2.0). It is rebuilt from checked parts: an event that the adapter
 * cannot turn into a request is logged by it as received, token included.
 */
function readEvent(event: unknown): JsonObject | undefined {
  if (!isJsonObject(event) || own(event, 'version') !== '2.0') return undefined;
  const context = own(event, 'requestContext');
  const http = isJsonObject(context) ? own(context, 'http') : undefined;
  const all = own(event, 'headers');
  if (!isJsonObject(context) || !isJsonObject(http) || !isJsonObject(all)) return undefined;
  const domainName = own(context, 'domainName');
  const method = own(http, 'method');
  const rawPath = own(event, 'rawPath');
  if (!matches(DOMAIN, domainName) || !matches(METHOD, method) || !matches(PATH, rawPath)) return undefined;
  if (!URL.canParse(`https://${domainName}`)) return undefined; // a port above 65535, or not a valid address
  const headers = HEADERS.flatMap((name) => (Object.hasOwn(all, name) ? [[name, all[name]!] as const] : []));
  if (!headers.every(([, value]) => matches(PRINTABLE, value))) return undefined;
  const body = own(event, 'body') ?? '';
  const isBase64Encoded = own(event, 'isBase64Encoded') === true;
  if (typeof body !== 'string' || (isBase64Encoded && !(BASE64.test(body) && body.length % 4 === 0))) return undefined;
  return {
    rawPath,
    rawQueryString: '', // no endpoint has a query
    headers: Object.fromEntries(headers.filter(([, value]) => !matches(AWS_SIGNATURE, value))),
    requestContext: { domainName, http: { method: PASSED_ON.test(method) ? method : 'OTHER' } },
    ...(method === 'GET' || method === 'HEAD' ? {} : { body, isBase64Encoded }), // these have no body, whatever was sent
  };
}

function matches(pattern: RegExp, value: unknown): value is string {
  return typeof value === 'string' && pattern.test(value);
}

/** The answer to an invocation of another shape: the same problem details as everywhere. */
function refusedInvocation(): object {
  const refusal = new WaxsealError('invalid_request', 'This function can only be called through its URL.');
  return {
    statusCode: refusal.status,
    headers: { 'content-type': 'application/problem+json', ...refusalHeaders(refusal) },
    body: JSON.stringify(problem(refusal, randomUUID())),
  };
}
