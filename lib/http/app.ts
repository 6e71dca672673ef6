import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import type { Broker } from '../broker.ts';
import { publicKeys } from '../keys/broker-keys.ts';
import { isErrorCode, toRefusal, WaxsealError } from '../wire/errors.ts';
import { problemResponse } from './answers.ts';
import { BROKER_ROUTES } from './broker-routes.ts';
import { startBudget } from './budget.ts';
import { errorPage } from './error-pages.ts';
import { type ExchangeParts, exchange } from './exchange.ts';
import openapi from './openapi.json' with { type: 'json' };
import { refusalLog } from './request-log.ts';
import type { RouteTable } from './route.ts';

/** The broker's HTTP interface. openapi.json describes all of it. */
export function createApp({ broker, ...parts }: { readonly broker: Broker } & ExchangeParts): Hono {
  const app = new Hono();
  serveRoutes(app, BROKER_ROUTES, broker, parts);
  app.get('/v1/keys', async (c) => {
    const budget = startBudget(parts.budgetMs);
    try {
      const keys = await budget.race(parts.keys.present(budget.signal));
      return c.json(publicKeys(keys, parts.now()), 200, { 'cache-control': 'max-age=60' });
    } catch (error) {
      return refuse('keys', error, parts);
    } finally {
      budget.end();
    }
  });
  app.get('/v1/health', (c) => c.json({ status: 'pass' }, 200, { 'cache-control': 'no-store' }));
  app.get('/v1/openapi.json', (c) => c.json(openapi));
  app.get('/v1/errors/:code', (c) => {
    const code = c.req.param('code');
    return isErrorCode(code) ? c.text(errorPage(code)) : c.notFound();
  });
  app.notFound(() => refuse('unknown', new WaxsealError('not_found', 'There is no such endpoint.'), parts));
  app.onError((error) => refuse('unknown', error, parts));
  return app;
}

/** Serves each operation of a plane at `POST /v1/<operation>`. */
function serveRoutes<Plane>(app: Hono, routes: RouteTable<Plane>, plane: Plane, parts: ExchangeParts): void {
  for (const [operation, route] of Object.entries(routes)) {
    const path = `/v1/${operation}`;
    app.post(path, (c) => exchange({ operation, route, plane }, c, parts));
    app.all(path, () => {
      const wrongMethod = new WaxsealError('invalid_request', 'This endpoint only accepts POST.');
      const response = refuse(operation, wrongMethod, parts);
      response.headers.set('allow', 'POST');
      return response;
    });
  }
}

/** Refuses what never becomes an exchange. It has a request id and a line in the log all the same. */
function refuse(operation: string, error: unknown, { onRequest }: ExchangeParts): Response {
  const requestId = randomUUID();
  const refusal = toRefusal(error);
  onRequest({ request_id: requestId, operation, status: refusal.status, ms: 0, ...refusalLog(refusal) });
  return problemResponse(refusal, requestId);
}
