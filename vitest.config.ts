import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

if (Number.parseInt(process.versions.node, 10) < 24) {
  throw new Error('The tests run on the Node that this project pins: use "npm test" or "npx vitest", after "npm ci".');
}

const settings = {
  // Tests import the package by its name, as its users do, and get the sources.
  alias: [{ find: /^waxseal$/, replacement: fileURLToPath(new URL('lib/client/index.ts', import.meta.url)) }],
  execArgv: ['--disable-warning=ExperimentalWarning'],
  pool: 'forks' as const,
};

export default defineConfig({
  test: {
    // Most of what the slow tests do is waiting, so that two can share one core.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          ...settings,
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: ['test/localstack/**'],
          globalSetup: ['test/kit/run-packager.ts'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          ...settings,
          name: 'localstack',
          include: ['test/localstack/**/*.test.ts'],
          globalSetup: ['test/kit/run-localstack.ts'],
          testTimeout: 60_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
