import { randomUUID } from 'node:crypto';
import type { Context } from 'hono';
import type { Journal } from '../admission/request.ts';
import type { BrokerKeys } from '../keys/broker-keys.ts';
import { toRefusal, type WaxsealError } from '../wire/errors.ts';
import { problemResponse, refusalHeaders, sealedResponse, sealRefusal, sealResult } from './answers.ts';
import { readBody } from './body.ts';
import { startBudget } from './budget.ts';
import { type Received, receive } from './receive.ts';
import { callerLog, type RequestLog, refusalLog } from './request-log.ts';
import type { Route } from './route.ts';
import { toAsk } from './to-ask.ts';

/** What every exchange needs, whatever its route. */
export interface ExchangeParts {
  readonly keys: BrokerKeys;
  /** Longest time that a request may take, in milliseconds. */
  readonly budgetMs: number;
  /** Milliseconds since the epoch. Read once for each request. */
  readonly now: () => number;
  /** Called once for each request, after its answer is made. */
  readonly onRequest: (log: RequestLog) => void;
}

/** A route and what runs it, under the operation's name. */
export interface Served<Plane> {
  readonly operation: string;
  readonly route: Route<Plane>;
  readonly plane: Plane;
}

/**
 * One request and its answer: read, open, run the operation, seal the result. Every outcome gets a request id and one line in
 * the log.
 */
export async function exchange<Plane>(
  { operation, route, plane }: Served<Plane>,
  c: Context,
  parts: ExchangeParts,
): Promise<Response> {
  const requestId = randomUUID();
  const now = parts.now();
  const started = performance.now();
  const journal: Journal = {};
  const budget = startBudget(parts.budgetMs);
  let received: Received | undefined;
  let refusal: WaxsealError | undefined;
  try {
    return await budget.race(answer());
  } catch (error) {
    refusal = toRefusal(error);
    return received?.sealedHash === undefined
      ? problemResponse(refusal, requestId)
      : sealedResponse(sealRefusal(received, refusal), requestId, refusal.status, refusalHeaders(refusal));
  } finally {
    budget.end();
    parts.onRequest({
      request_id: requestId,
      operation,
      status: refusal?.status ?? 200,
      ms: Math.round(performance.now() - started),
      ...(received && { recipient: received.recipient.text, sealed: received.sealedHash !== undefined }),
      ...callerLog(journal),
      ...(refusal && refusalLog(refusal)),
    });
  }

  async function answer(): Promise<Response> {
    const bytes = await readBody(c);
    received = await receive(bytes, parts.keys, now, budget.signal);
    const { method, path, raw } = c.req;
    const context = { requestId, operation, method, path, headers: raw.headers, journal, signal: budget.signal, now };
    const result = await route.run(plane, toAsk(received, route, context));
    const keys = received.sealedHash === undefined ? undefined : await parts.keys.present(budget.signal);
    const sealed = sealResult(received, route.typ, result, keys);
    return sealedResponse(sealed, requestId, 200, { 'cache-control': 'no-store' });
  }
}
