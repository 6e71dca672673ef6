import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { problemResponse } from '../http/answers.ts';
import { WaxsealError } from '../wire/errors.ts';

/** An app that is being served. */
export interface Listening {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Closes at once, open connections included. */
  close(): Promise<void>;
}

const SINGLE = ['authorization', 'dpop', 'content-type', 'content-encoding', 'content-length', 'host'];

/** More than the app accepts, so that the app itself refuses a token that is too long, and says so. */
const MAX_HEADER_BYTES = 65_536;

/**
 * Serves an app on loopback.
 * @param port 0 picks a free one
 * @throws WaxsealError `conflict` if the port is in use
 */
export async function listen(app: Hono, port: number): Promise<Listening> {
  const fetch = (request: Request, env: HttpBindings) =>
    hasRepeatedHeader(env.incoming.rawHeaders) ? repeatedHeader() : app.fetch(request, env);
  const server = createAdaptorServer({
    fetch: fetch as never,
    hostname: '127.0.0.1',
    serverOptions: { maxHeaderSize: MAX_HEADER_BYTES },
  }) as Server;
  server.requestTimeout = 30_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        cause.code === 'EADDRINUSE'
          ? new WaxsealError('conflict', 'Another program is using the port.', { setting: 'port' })
          : new WaxsealError('internal_error', 'The broker cannot listen on the port.', { setting: 'port', cause }),
      ),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Node keeps the first of a repeated header and silently drops the rest, so two parties could read two different tokens. */
function hasRepeatedHeader(raw: readonly string[]): boolean {
  const names = raw.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
  return SINGLE.some((single) => names.indexOf(single) !== names.lastIndexOf(single));
}

function repeatedHeader(): Response {
  return problemResponse(
    new WaxsealError('invalid_request', 'A header that must be sent once was sent twice.'),
    randomUUID(),
  );
}
