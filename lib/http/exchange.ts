import { randomUUID } from 'node:crypto';
import type { Context } from 'hono';
import { sealRefusal } from '../broker/answer.ts';
import type { Answer, Ask, Journal } from '../broker/ask.ts';
import type { Broker } from '../broker.ts';
import type { BrokerKeys } from '../keys/broker-keys.ts';
import { toBase64url } from '../wire/bytes.ts';
import { toRefusal, type WaxsealError } from '../wire/errors.ts';
import type { Operation } from '../wire/operations.ts';
import { toAsk } from './ask.ts';
import { readBody } from './body.ts';
import { startBudget } from './budget.ts';
import { problemResponse, refusalHeaders } from './problem.ts';
import { type Received, receive } from './receive.ts';
import { callerLog, type RequestLog, refusalLog } from './request-log.ts';

/** What an exchange is made with. `now` is milliseconds since the epoch. */
export interface ExchangeParts {
  readonly broker: Broker;
  readonly keys: BrokerKeys;
  /** Longest time that a request may take, in milliseconds. */
  readonly budgetMs: number;
  readonly now: () => number;
  /** Called once for each request, after its answer is made. */
  readonly onRequest: (log: RequestLog) => void;
}

/** One request and its answer: read, open, ask the broker, answer. Every outcome gets a request id and one line in the log. */
export async function exchange(operation: Operation, c: Context, parts: ExchangeParts): Promise<Response> {
  const requestId = randomUUID();
  const started = parts.now();
  const journal: Journal = {};
  const budget = startBudget(parts.budgetMs);
  let received: Received | undefined;
  let refusal: WaxsealError | undefined;
  try {
    return await budget.race(answerTo());
  } catch (error) {
    refusal = toRefusal(error);
    return received?.sealedHash === undefined
      ? problemResponse(refusal, requestId)
      : boxResponse(requestId, sealRefusal(received, refusal), refusal.status, refusalHeaders(refusal));
  } finally {
    budget.end();
    parts.onRequest({
      request_id: requestId,
      operation,
      status: refusal?.status ?? 200,
      ms: Math.round(parts.now() - started),
      ...(received === undefined
        ? {}
        : { recipient: received.recipient.text, sealed: received.sealedHash !== undefined }),
      ...callerLog(journal),
      ...(refusal === undefined ? {} : refusalLog(refusal)),
    });
  }

  async function answerTo(): Promise<Response> {
    const bytes = await readBody(c);
    received = await receive(bytes, parts.keys, budget.signal);
    const ask = toAsk(received, {
      requestId,
      operation,
      method: c.req.method,
      path: c.req.path,
      headers: c.req.raw.headers,
      journal,
      signal: budget.signal,
      now: parts.now(),
    });
    return boxResponse(requestId, await operate(parts.broker, ask), 200, { 'cache-control': 'no-store' });
  }
}

function operate(broker: Broker, ask: Ask): Promise<Answer> {
  switch (ask.operation) {
    case 'get':
      return broker.get(ask as Ask<'get'>);
    case 'batch-get':
      return broker.batchGet(ask as Ask<'batch-get'>);
    case 'list':
      return broker.list(ask as Ask<'list'>);
    case 'can-i':
      return broker.canI(ask as Ask<'can-i'>);
  }
}

function boxResponse(requestId: string, answer: Answer, status: number, headers: Record<string, string>): Response {
  const body = { request_id: requestId, sender: answer.sender, sealed: toBase64url(answer.sealed) };
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
}
