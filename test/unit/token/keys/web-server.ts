import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** An HTTP server on this machine that lives as long as the test and counts its requests. */
export interface WebServer {
  readonly url: string;
  readonly port: number;
  /** Paths of the requests so far. */
  readonly requests: string[];
  /** What it answers; may be changed at any time. */
  answer: (request: IncomingMessage, response: ServerResponse) => void;
}

/** Starts one on a free port. */
export async function startWebServer(answer: RequestListener): Promise<WebServer> {
  const requests: string[] = [];
  const server: Server = createServer((request, response) => {
    requests.push(request.url ?? '');
    started.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const started: WebServer = { url: `http://127.0.0.1:${port}`, port, requests, answer };
  return started;
}

/** Answers with that value as JSON. */
export function json(value: unknown): RequestListener {
  return (_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(typeof value === 'string' ? value : JSON.stringify(value));
  };
}
