import type { TestProject } from 'vitest/node';
import { packageStack } from './package-stack.ts';
import { shareWithRun } from './shared-by-run.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where to ask for the folder with this run's package of the stack. */
    packagedStack: string;
  }
}

/** Lets all tests of one run share one package of the stack. The first one to ask has it made; if none asks, none is made. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  let packaging: ReturnType<typeof packageStack> | undefined;
  const shared = await shareWithRun(async () => {
    // The second build of 'two builds in two places and time zones have one hash' is made in another time zone.
    packaging ??= packageStack({ TZ: 'Asia/Tokyo' });
    return (await packaging).directory;
  });
  project.provide('packagedStack', shared.url);
  project.onTestsRerun(() => {
    packaging = undefined; // in watch mode: the sources have changed
  });
  return async () => {
    await shared.close();
    (await packaging?.catch(() => undefined))?.remove();
  };
}
