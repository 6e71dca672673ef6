import { existsSync, globSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { command } from './command.ts';
import { inKit, type Part } from './part.ts';
import { linux, nativeTools, npm } from './prerequisites.ts';

/** The runtime interface client that Lambda itself runs Node functions with, built against the pinned Node's headers. */
export const lambdaRic: Part = {
  name: 'aws-lambda-ric',
  recipe: ['build 1'],
  files: [inKit('lambda-ric', 'package.json'), inKit('lambda-ric', 'package-lock.json')],
  needs: [linux, npm, ...nativeTools],
  after: [],
  proof: 'node_modules/aws-lambda-ric/rapid-client.node',
  build: async ({ directory }) => {
    for (const name of ['package.json', 'package-lock.json'])
      await copyFile(inKit('lambda-ric', name), join(directory, name));
    const headers = nodeHeaders();
    const environment: Record<string, string> = headers === undefined ? {} : { npm_config_nodedir: headers };
    await command('npm', ['ci', '--no-audit', '--no-fund'], { cwd: directory, environment });
  },
};

/**
 * The folder whose `include/node` has Node's headers. The npm package `node` brings those of the pinned Node. Headers of another
 * release work as well, since the native part uses the stable Node-API. Undefined if there are none: node-gyp then fetches them
 * from nodejs.org.
 */
export function nodeHeaders(node: string = process.execPath): string | undefined {
  const home = dirname(dirname(node));
  const candidates = [home, ...globSync(join(home, 'node_modules', 'node-*')), '/usr/local', '/usr'];
  return candidates.find((folder) =>
    ['node_api.h', 'v8.h', 'uv.h'].every((name) => existsSync(join(folder, 'include/node', name))),
  );
}
