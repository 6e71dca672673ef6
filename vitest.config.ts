import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { SlowestFirst } from './test/kit/slowest-first.ts';

if (Number.parseInt(process.versions.node, 10) < 24) {
  throw new Error('The tests need the Node that this project pins: run "npm ci", then "npm test" or "npx vitest".');
}

const settings = {
  // Tests import the package by its name, as its users do, but get the sources.
  alias: [{ find: /^waxseal$/, replacement: fileURLToPath(new URL('lib/client/index.ts', import.meta.url)) }],
  execArgv: ['--disable-warning=ExperimentalWarning'],
  pool: 'forks' as const,
};

export default defineConfig({
  test: {
    sequence: { sequencer: SlowestFirst },
    // Slow tests mostly wait, so two can share one core.
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
