import type { TestProject } from 'vitest/node';
import { useLocalstack } from './localstack.ts';
import { shareWithRun } from './shared-by-run.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where to ask for the endpoint of the LocalStack of this run. */
    localstack: string;
  }
}

/**
 * Starts the LocalStack that all tests of one run share; vitest calls this only if a test needs it. Other tests run while it
 * starts.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const starting = useLocalstack();
  starting.catch(() => {}); // reported to each test that asks
  const shared = await shareWithRun(async () => (await starting).endpoint);
  project.provide('localstack', shared.url);
  return async () => {
    await shared.close();
    await (await starting.catch(() => undefined))?.stop();
  };
}
