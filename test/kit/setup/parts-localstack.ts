import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inKit, type Part, partDirectory } from './part.ts';
import { linux, python } from './prerequisites.ts';
import { pip, virtualEnvironment } from './python.ts';

/** LocalStack's core from PyPI, in its own virtual environment, with two fixes that Python 3.11 needs. */
export const localstackCore: Part = {
  name: 'localstack',
  recipe: ['localstack-core[runtime]==4.13.1', 'repairs 1'],
  files: [inKit('localstack', 'constraints.txt')],
  needs: [linux, python],
  after: [],
  proof: 'bin/python',
  build: async ({ directory }) => {
    const [release] = localstackCore.recipe;
    await virtualEnvironment(directory, [release!, '--constraint', inKit('localstack', 'constraints.txt')]);
    const sources = join(directory, 'lib', 'python3.11', 'site-packages', 'localstack');
    // Python 3.11 evaluates annotations at once, which fails if they name a class before it exists, unless they are postponed.
    await edit(join(sources, 'packages', 'api.py'), 'import abc\n', 'from __future__ import annotations\nimport abc\n');
    // uuid5() of 3.11 accepts only strings.
    const call = 'uuid5(self._internal_key_id, key_material';
    await edit(join(sources, 'services', 'kms', 'models.py'), `${call})`, `${call}.hex())`);
  },
};

/** Our executor for LocalStack's Lambda: functions run as processes under aws-lambda-ric. */
export const nodeProcessExecutor: Part = {
  name: 'node-process-executor',
  recipe: [],
  files: [inKit('localstack', 'node-process-executor')],
  needs: [linux, python],
  after: [localstackCore],
  proof: 'node_process_executor/executor.py',
  build: async ({ directory, workshop }) => {
    const source = join(workshop, 'source');
    // pip builds next to the sources, which must stay clean.
    await cp(inKit('localstack', 'node-process-executor'), source, { recursive: true });
    await pip(partDirectory(localstackCore), ['install', '--no-deps', '--target', directory, source]);
  },
};

async function edit(file: string, before: string, after: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  if (!text.includes(before))
    throw new Error(`${file} is not as expected: it does not contain ${JSON.stringify(before)}.`);
  await writeFile(file, text.replace(before, after));
}
