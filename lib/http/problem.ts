import { REFUSALS, type WaxsealError } from '../wire/errors.ts';

/**
 * A refusal as problem details (RFC 9457). `type` is the code's page, which the broker serves itself.
 * 401 carries `WWW-Authenticate` (RFC 9110 section 11.6.1), 429 and 503 `Retry-After` in seconds.
 */
export function problemResponse(error: WaxsealError, requestId: string): Response {
  const problem = {
    type: `/v1/errors/${error.code}`,
    title: REFUSALS[error.code].text,
    status: error.status,
    detail: error.message,
    code: error.code,
    request_id: requestId,
    ...(error.pointer === undefined ? {} : { pointer: error.pointer }),
  };
  return new Response(JSON.stringify(problem), {
    status: error.status,
    headers: { 'content-type': 'application/problem+json', ...refusalHeaders(error) },
  });
}

/** The headers that belong to a refusal's status, sealed or not. */
export function refusalHeaders({ status, retryAfter }: WaxsealError): Record<string, string> {
  const headers: Record<string, string> = { 'cache-control': 'no-store' };
  if (status === 401) headers['www-authenticate'] = 'Bearer';
  if (status === 429 || status === 503) headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfter ?? 1)));
  return headers;
}
