import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { packageStack } from './package-stack.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A GET of this URL returns the folder of this run's package: `inject('packagedStack')`. */
    packagedStack: string;
  }
}

/**
 * Lets all tests of one run share one package of the stack. Test files run in processes of their own, so they ask for it over
 * loopback. The first one to ask has it made; a run in which none asks makes none.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  let packaging: ReturnType<typeof packageStack> | undefined;
  const server = createServer(async (_, response) => {
    // A time zone that none of us is in: see 'two builds in two places and time zones give one hash'.
    packaging ??= packageStack({ TZ: 'Asia/Tokyo' });
    await packaging.then(
      ({ directory }) => response.end(directory),
      (failure: Error) => response.writeHead(500).end(failure.message),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  project.provide('packagedStack', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  project.onTestsRerun(() => {
    packaging = undefined; // in watch mode the sources have changed
  });
  return async () => {
    server.closeAllConnections();
    await once(server.close(), 'close');
    (await packaging?.catch(() => undefined))?.remove();
  };
}
