import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Something that is made once for all test files of a run. */
export interface SharedByRun {
  /** For {@link fromRun}. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

/**
 * Offers to all test files of a run what is made once, for example a folder or an endpoint. Test files run in processes of their
 * own, so they ask for it over loopback, and wait there until it is made.
 *
 * @param get - Called for each file that asks.
 */
export async function shareWithRun(get: () => Promise<string>): Promise<SharedByRun> {
  const server = createServer(async (_, response) => {
    await get().then(
      (made) => response.end(made),
      (failure: Error) => response.writeHead(500).end(failure.message),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

/**
 * Waits until it is made, and returns it.
 *
 * @throws Error with the message of whatever kept it from being made.
 */
export async function fromRun(url: string): Promise<string> {
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}
