import { expect } from 'vitest';
import { type ErrorCode, REFUSALS } from '../../lib/wire/errors.ts';
import { ERROR_TYP } from '../../lib/wire/operations.ts';
import type { Reply } from './broker.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** What a refusal must say. `text` defaults to the code's own. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly text?: string;
  readonly pointer?: string;
}

/** Asserts that a reply is this refusal, in clear: every member of the problem (RFC 9457), status and headers. */
export function expectRefusal(reply: Reply, { code, text = REFUSALS[code].text, pointer }: Refusal): void {
  const { status, text: title } = REFUSALS[code];
  expect(reply.body).toEqual({
    type: `/v1/errors/${code}`,
    title,
    status,
    detail: text,
    code,
    request_id: expect.stringMatching(UUID),
    ...(pointer === undefined ? {} : { pointer }),
  });
  expect(reply.status).toBe(status);
  expect(reply.headers.get('content-type')).toBe('application/problem+json');
  expectRefusalHeaders(reply);
}

/** Asserts that a reply to a sealed request is this refusal, sealed to its recipient, with the hash of its opened bytes. */
export function expectSealedRefusal(reply: Reply, requestHash: string | undefined, refusal: Refusal): void {
  const { code, text = REFUSALS[code].text, pointer } = refusal;
  expect(reply.envelope).toEqual({
    typ: ERROR_TYP,
    request: requestHash ?? expect.any(String),
    error: { code, message: text, ...(pointer === undefined ? {} : { pointer }) },
  });
  expect(Object.keys(reply.body).sort()).toEqual(['request_id', 'sealed', 'sender']);
  expect(reply.status).toBe(REFUSALS[code].status);
  expect(reply.headers.get('content-type')).toBe('application/json');
  expectRefusalHeaders(reply);
}

function expectRefusalHeaders({ status, headers }: Reply): void {
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer' : null);
  const retries = status === 429 || status === 503;
  expect(headers.get('retry-after')).toEqual(retries ? expect.stringMatching(/^[1-9][0-9]{0,3}$/) : null);
}
