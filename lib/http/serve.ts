import { randomUUID } from 'node:crypto';
import type { Hono } from 'hono';
import { toRefusal, WaxsealError } from '../wire/errors.ts';
import { problemResponse } from './answers.ts';
import { type ExchangeParts, exchange } from './exchange.ts';
import { refusalLog } from './request-log.ts';
import type { RouteTable } from './route.ts';

/** Serves each operation of a route table at `POST /v1/<operation>`. */
export function serveRoutes<Plane>(app: Hono, routes: RouteTable<Plane>, plane: Plane, parts: ExchangeParts): void {
  for (const [operation, route] of Object.entries(routes)) {
    const path = `/v1/${operation}`;
    app.post(path, (c) => exchange({ operation, route, plane }, c, parts));
    app.all(path, () => refuseMethod(operation, 'POST', parts));
  }
}

/** What endpoints accept, as the Allow header says it, and how the refusal of any other method says it. */
const ONLY = {
  POST: 'This endpoint only accepts POST.',
  'GET, HEAD': 'This endpoint only accepts GET and HEAD.',
} as const;

/** Refuses a method that an endpoint does not accept. The Allow header says which it does (RFC 9110 section 15.5.6). */
export function refuseMethod(operation: string, allow: keyof typeof ONLY, parts: ExchangeParts): Response {
  const text = ONLY[allow];
  const response = refuse(operation, new WaxsealError('method_not_allowed', text), parts);
  response.headers.set('allow', allow);
  return response;
}

/** Refuses what never becomes an exchange. It has a request id and a line in the log all the same. */
export function refuse(operation: string, error: unknown, { onRequest }: ExchangeParts): Response {
  const requestId = randomUUID();
  const refusal = toRefusal(error);
  onRequest({ request_id: requestId, operation, status: refusal.status, ms: 0, ...refusalLog(refusal) });
  return problemResponse(refusal, requestId);
}
