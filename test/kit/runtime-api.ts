import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a function answered to an event. */
export interface FunctionAnswer {
  /** False if the function threw: `payload` is then `{ errorType, errorMessage, trace }`. */
  readonly ok: boolean;
  /** The answer as a string; JSON unless the function streams. */
  readonly payload: string;
  /** `streaming` if the function streams its response. */
  readonly mode: string | undefined;
  readonly contentType: string | undefined;
}

/** The Lambda Runtime API (2018-06-01) of one execution environment. */
export interface RuntimeApi {
  /** For `AWS_LAMBDA_RUNTIME_API`. */
  readonly address: string;
  /** Resolves when the runtime asks for its first event: undefined, or the error of its initialisation. */
  readonly initialised: Promise<string | undefined>;
  /** Hands over one event. The next one waits for its answer, as on Lambda. */
  readonly invoke: (event: unknown) => Promise<FunctionAnswer>;
  readonly close: () => Promise<void>;
}

interface Invocation {
  readonly id: string;
  readonly event: string;
}

const ROUTE =
  /^\/2018-06-01\/runtime\/(?:invocation\/(?:(?<next>next)|(?<id>[^/]+)\/(?<kind>response|error))|init\/error)$/;

/**
 * Serves the Runtime API on a free loopback port.
 *
 * @param arn - The function's ARN, as its context shows it.
 * @param timeout - Milliseconds from the hand-over of an event to its deadline.
 */
export async function serveRuntimeApi(arn: string, timeout: number): Promise<RuntimeApi> {
  const events: Invocation[] = [];
  const idle: ServerResponse[] = [];
  const pending = new Map<string, (answer: FunctionAnswer) => void>();
  const initialised = Promise.withResolvers<string | undefined>();

  const handOver = (response: ServerResponse, invocation: Invocation) => {
    response.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': invocation.id,
      'lambda-runtime-deadline-ms': String(Date.now() + timeout),
      'lambda-runtime-invoked-function-arn': arn,
      'lambda-runtime-trace-id': 'Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0',
    });
    response.end(invocation.event);
  };

  const server = createServer(async (request, response) => {
    const route = ROUTE.exec(request.url ?? '')?.groups;
    if (route === undefined) return void response.writeHead(404).end();
    if (route.next) {
      initialised.resolve(undefined);
      const invocation = events.shift();
      return invocation ? handOver(response, invocation) : void idle.push(response);
    }
    const payload = await text(request);
    if (route.id === undefined) initialised.resolve(payload);
    else {
      const mode = request.headers['lambda-runtime-function-response-mode'];
      const contentType = request.headers['content-type'];
      pending.get(route.id)?.({ ok: route.kind === 'response', payload, mode: mode?.toString(), contentType });
      pending.delete(route.id);
    }
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    initialised: initialised.promise,
    invoke: (event) => {
      const invocation = { id: crypto.randomUUID(), event: JSON.stringify(event) };
      const { promise, resolve } = Promise.withResolvers<FunctionAnswer>();
      pending.set(invocation.id, resolve);
      const waiting = idle.shift();
      if (waiting) handOver(waiting, invocation);
      else events.push(invocation);
      return promise;
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
