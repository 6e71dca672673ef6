import { Hono } from 'hono';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ExchangeParts } from '../../../lib/http/exchange.ts';
import type { RequestLog } from '../../../lib/http/request-log.ts';
import type { RouteTable } from '../../../lib/http/route.ts';
import { serveRoutes } from '../../../lib/http/serve.ts';
import { firstBrokerKeys } from '../../../lib/keys/broker-key-set.ts';
import { createBrokerKeys } from '../../../lib/keys/broker-keys.ts';
import { WaxsealError } from '../../../lib/wire/errors.ts';
import { REQUESTS } from '../../../lib/wire/requests.ts';
import { generateXkey } from '../../../lib/xkey/keys.ts';
import { openAnswer } from '../../kit/broker.ts';

/** A plane that the broker knows nothing about. */
interface Library {
  lend(title: string): Promise<string>;
}

const ROUTES = {
  'library/lend': {
    ...REQUESTS['can-i'],
    typ: 'test.lend.v1',
    run: async (library, { question, operation, token }) => ({
      lent: await library.lend((question as { secret: string }).secret),
      operation,
      token,
    }),
    summary: '',
    envelope: '',
  },
} satisfies RouteTable<Library>;

const library: Library = {
  async lend(title) {
    if (title === 'none') throw new WaxsealError('not_found');
    return `"${title}"`;
  },
};

const recipient = generateXkey();
let logs: RequestLog[];
let app: Hono;
beforeEach(() => {
  logs = [];
  const now = () => 0;
  const keys = createBrokerKeys({ load: async () => firstBrokerKeys(), now });
  const parts: ExchangeParts = { keys, budgetMs: 5000, now, onRequest: (log) => logs.push(log) };
  app = new Hono();
  serveRoutes<Library>(app, ROUTES, library, parts);
});

const post = (question: object) =>
  app.request('/v1/library/lend', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer a.b.c' },
    body: JSON.stringify({ recipient: recipient.text, ...question }),
  });

describe('a route table of another plane', () => {
  it('is served with its own operations and types, each result sealed to the recipient', async () => {
    const response = await post({ secret: 'a' });
    expect(response.status).toBe(200);
    expect(openAnswer((await response.json()) as never, recipient)).toEqual({
      typ: 'test.lend.v1',
      request: expect.any(String),
      lent: '"a"',
      operation: 'library/lend',
      token: 'a.b.c',
    });
    expect(logs).toMatchObject([{ operation: 'library/lend', status: 200, recipient: recipient.text }]);
  });

  it('gets the same checks, refusals and log lines', async () => {
    const replies = [
      await post({}),
      await post({ secret: 'none' }),
      await app.request('/v1/library/lend', { method: 'PUT' }),
    ];
    const seen = await Promise.all(replies.map(async (reply) => (await reply.json()) as { code: string }));
    const codes = ['invalid_request', 'not_found', 'method_not_allowed'];
    expect(seen.map(({ code }) => code)).toEqual(codes);
    expect(logs.map(({ operation, code }) => [operation, code])).toEqual(codes.map((code) => ['library/lend', code]));
    expect(replies[2]!.status).toBe(405);
    expect(replies[2]!.headers.get('allow')).toBe('POST');
  });
});
