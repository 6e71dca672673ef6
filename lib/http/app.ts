import { Hono } from 'hono';
import type { Broker } from '../broker.ts';
import { publicKeys } from '../keys/broker-keys.ts';
import { isErrorCode, WaxsealError } from '../wire/errors.ts';
import { errorPage } from './answers.ts';
import { BROKER_ROUTES } from './broker-routes.ts';
import { startBudget } from './budget.ts';
import type { ExchangeParts } from './exchange.ts';
import openapi from './openapi.json' with { type: 'json' };
import { refuse, refuseMethod, serveRoutes } from './serve.ts';

/** What is only read, by its name in the log. Of the pages below `errors`, only those of codes exist. */
const READ_ONLY = { keys: '/v1/keys', health: '/v1/health', openapi: '/v1/openapi.json', errors: '/v1/errors/:code' };

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
  for (const [operation, path] of Object.entries(READ_ONLY)) {
    app.all(path, (c) => {
      const code = c.req.param('code');
      return code === undefined || isErrorCode(code) ? refuseMethod(operation, 'GET, HEAD', parts) : c.notFound();
    });
  }
  app.notFound(() => refuse('unknown', new WaxsealError('not_found', 'There is no such endpoint.'), parts));
  app.onError((error) => refuse('unknown', error, parts));
  return app;
}
