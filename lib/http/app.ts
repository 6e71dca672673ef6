import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { publicKeys } from '../keys/broker-keys.ts';
import { isErrorCode, toRefusal, WaxsealError } from '../wire/errors.ts';
import { OPERATIONS } from '../wire/operations.ts';
import { startBudget } from './budget.ts';
import { errorPage } from './error-pages.ts';
import { type ExchangeParts, exchange } from './exchange.ts';
import openapi from './openapi.json' with { type: 'json' };
import { problemResponse } from './problem.ts';
import { refusalLog } from './request-log.ts';

/** The broker's HTTP interface. See openapi.json for its whole description. */
export function createApp(parts: ExchangeParts): Hono {
  const app = new Hono();

  /** Refuses what is no exchange. It has a request id and a line in the log all the same. */
  function refuse(operation: string, error: unknown): Response {
    const requestId = randomUUID();
    const refusal = toRefusal(error);
    parts.onRequest({ request_id: requestId, operation, status: refusal.status, ms: 0, ...refusalLog(refusal) });
    return problemResponse(refusal, requestId);
  }

  for (const operation of OPERATIONS) {
    const path = `/v1/${operation}`;
    app.post(path, (c) => exchange(operation, c, parts));
    app.all(path, () => {
      const response = refuse(operation, new WaxsealError('invalid_request', 'This endpoint takes POST.'));
      response.headers.set('allow', 'POST');
      return response;
    });
  }

  app.get('/v1/keys', async (c) => {
    const budget = startBudget(parts.budgetMs);
    try {
      const keys = await budget.race(parts.keys.present(budget.signal));
      return c.json(publicKeys(keys, parts.now()), 200, { 'cache-control': 'max-age=60' });
    } catch (error) {
      return refuse('keys', error);
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

  app.notFound(() => refuse('unknown', new WaxsealError('not_found', 'There is no such endpoint.')));
  app.onError((error) => refuse('unknown', error));
  return app;
}
