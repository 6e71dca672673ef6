import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type AwsAnswer, errorAnswer, type Fault, splitKeys, splitSecrets, throttleCode } from './faults.ts';

/** A call that the proxy saw, in order of arrival. */
export interface SeenCall {
  /** `DynamoDB` or `secretsmanager`, as in `X-Amz-Target`; `http` for calls without one. */
  readonly service: string;
  /** `BatchGetItem`; for calls without `X-Amz-Target` method and path, `GET /x`. */
  readonly operation: string;
  /** The request's JSON, undefined if it is not JSON. It may contain what the test put into its secrets. */
  readonly request: Readonly<Record<string, unknown>> | undefined;
  /** The fault that was injected. */
  readonly fault: Fault | undefined;
}

/** How often an injected fault occurs. */
export interface FaultCount {
  /** How many matching calls pass first. Default: 0. */
  readonly after?: number;
  /** How often it then occurs. Default: until it is removed. */
  readonly times?: number;
}

/** An HTTP proxy in front of LocalStack, which by itself never throttles, slows down or fails. */
export interface FaultProxy {
  /** Use it as the AWS endpoint. */
  readonly url: string;
  /** Injects a fault into an operation (`'*'`: into every one); the first one that applies wins. Returns a function that removes it. */
  readonly inject: (operation: string, fault: Fault, count?: FaultCount) => () => void;
  /** All calls since the start or the last `reset`. */
  readonly calls: () => readonly SeenCall[];
  /** The names of their operations: `['BatchGetItem', 'GetSecretValue', 'PutItem']`. */
  readonly operations: () => readonly string[];
  /** Removes all faults and forgets the calls. */
  readonly reset: () => void;
  /** Ends all connections, hanging ones too. */
  readonly close: () => Promise<void>;
}

interface Rule {
  readonly operation: string;
  readonly fault: Fault;
  after: number;
  times: number;
}

/**
 * Starts a fault proxy on a free loopback port.
 *
 * @param target - The endpoint behind it.
 * @param host - The `Host` that the target gets instead of the caller's. With the host name of a Function URL, the proxy's
 *   `url` works as that function's URL, for clients that cannot resolve names below `localhost`.
 */
export async function startFaultProxy(target: string, host?: string): Promise<FaultProxy> {
  let rules: Rule[] = [];
  let seen: SeenCall[] = [];
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await whole(request);
    const named = nameOf(request);
    const json = parsed(body);
    const fault = choose(rules, named.operation);
    seen.push({ ...named, request: json, fault });
    await act(fault, { request, response, body, json: json ?? {}, service: named.service, target, host });
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    inject: (operation, fault, { after = 0, times = Number.POSITIVE_INFINITY } = {}) => {
      const rule: Rule = { operation, fault, after, times };
      rules.push(rule);
      return () => {
        rules = rules.filter((other) => other !== rule);
      };
    },
    calls: () => [...seen],
    operations: () => seen.map(({ operation }) => operation),
    reset: () => {
      rules = [];
      seen = [];
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function choose(rules: readonly Rule[], operation: string): Fault | undefined {
  for (const rule of rules) {
    if (rule.times === 0 || (rule.operation !== '*' && rule.operation !== operation)) continue;
    if (rule.after > 0) {
      rule.after -= 1;
      continue;
    }
    rule.times -= 1;
    return rule.fault;
  }
  return undefined;
}

interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Buffer;
  readonly json: Readonly<Record<string, unknown>>;
  readonly service: string;
  readonly target: string;
  readonly host: string | undefined;
}

async function act(fault: Fault | undefined, call: Call): Promise<void> {
  switch (fault?.kind) {
    case undefined:
      return relay(call, await forward(call, call.body));
    case 'throttle':
      return answer(call, errorAnswer(call.service, 400, fault.code ?? throttleCode(call.service)));
    case 'error':
      return answer(call, errorAnswer(call.service, fault.status, fault.code, fault.message));
    case 'delay':
      await pause(fault.ms);
      return relay(call, await forward(call, call.body));
    case 'reset':
      return void call.request.socket.resetAndDestroy();
    case 'lose-answer':
      await forward(call, call.body);
      return void call.request.socket.resetAndDestroy();
    case 'hang':
      return;
    case 'unprocessed': {
      const split = splitKeys(call.json, fault.read);
      const read = split.empty ? { status: 200, body: { Responses: {} } } : await forwardJson(call, split.request);
      return answer(call, withPart(read, 'UnprocessedKeys', split.unprocessed));
    }
    case 'secret-errors': {
      const split = splitSecrets(call.json, fault.errors);
      const read = split.empty ? { status: 200, body: { SecretValues: [] } } : await forwardJson(call, split.request);
      return answer(call, withPart(read, 'Errors', split.errors));
    }
  }
}

/** The service's own errors pass unchanged. */
function withPart(read: AwsAnswer, name: string, part: unknown): AwsAnswer {
  return read.status === 200 ? { status: 200, body: { ...read.body, [name]: part } } : read;
}

interface Forwarded {
  readonly message: IncomingMessage;
  readonly body: Buffer;
}

function forward(call: Call, body: Buffer): Promise<Forwarded> {
  const { 'transfer-encoding': _, ...headers } = call.request.headers;
  const options = {
    method: call.request.method,
    headers: { ...headers, ...(call.host && { host: call.host }), 'content-length': body.length, connection: 'close' },
  };
  return new Promise((resolve, reject) => {
    const outgoing = send(new URL(call.request.url ?? '/', call.target), options, (message) => {
      whole(message).then((received) => resolve({ message, body: received }), reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

async function forwardJson(call: Call, json: unknown): Promise<AwsAnswer> {
  const { message, body } = await forward(call, Buffer.from(JSON.stringify(json)));
  return { status: message.statusCode ?? 500, body: parsed(body) ?? {} };
}

function relay(call: Call, { message, body }: Forwarded): void {
  const { 'transfer-encoding': _, connection: __, 'keep-alive': ___, ...headers } = message.headers;
  call.response.writeHead(message.statusCode ?? 502, { ...headers, 'content-length': body.length });
  call.response.end(body);
}

function answer(call: Call, { status, body }: AwsAnswer): void {
  const version = call.service === 'DynamoDB' ? '1.0' : '1.1';
  const type = `application/x-amz-json-${version}`;
  call.response.writeHead(status, { 'content-type': type, 'x-amzn-requestid': crypto.randomUUID() });
  call.response.end(JSON.stringify(body));
}

function nameOf(request: IncomingMessage): { service: string; operation: string } {
  const [target, operation] = String(request.headers['x-amz-target'] ?? '').split('.');
  if (!target || !operation) return { service: 'http', operation: `${request.method} ${request.url?.split('?')[0]}` };
  return { service: target.replace(/_\d+$/, ''), operation };
}

async function whole(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function parsed(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
