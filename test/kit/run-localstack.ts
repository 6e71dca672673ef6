import type { TestProject } from 'vitest/node';
import { useLocalstack } from './localstack.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The endpoint of the LocalStack of this run: `inject('localstackEndpoint')`. */
    localstackEndpoint: string;
  }
}

/** Starts the LocalStack that all tests of one run share; vitest calls it only where a test needs it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const localstack = await useLocalstack();
  project.provide('localstackEndpoint', localstack.endpoint);
  return localstack.stop;
}
