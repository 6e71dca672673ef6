import { chmod, copyFile } from 'node:fs/promises';
import { arch } from 'node:os';
import { join } from 'node:path';
import { command } from './command.ts';
import { inKit, type Part } from './part.ts';
import { npm, python } from './prerequisites.ts';
import { virtualEnvironment } from './python.ts';

/** The CloudFormation linter. */
export const cfnLint: Part = {
  name: 'cfn-lint',
  recipe: [],
  files: [inKit('cfn-lint', 'requirements.txt')],
  needs: [python],
  after: [],
  proof: 'bin/python',
  build: ({ directory }) => virtualEnvironment(directory, ['--requirement', inKit('cfn-lint', 'requirements.txt')]),
};

const guardPackage = '@cdklabs/cdk-validator-cfnguard@0.0.62';
const guardIntegrity =
  'sha512-Sg2k8067B0AIJ82QFSLhHTUIqxOYTKABvVrTHiyc6j0rE2NHli2diIYqf+w+DkuDKCYYgMIOga3OrYMOHUw0mQ==';

/** CloudFormation Guard 3.1.1, from an npm package that contains its programs for each system. */
export const cfnGuard: Part = {
  name: 'cfn-guard',
  recipe: [guardPackage, guardIntegrity],
  files: [],
  needs: [npm],
  after: [],
  proof: 'cfn-guard',
  build: async ({ directory, workshop }) => {
    const listing = await command('npm', ['pack', guardPackage, '--json'], { cwd: workshop });
    const packed = (JSON.parse(listing) as { filename: string; integrity: string }[])[0];
    if (packed?.integrity !== guardIntegrity)
      throw new Error('The package is not the expected one: its integrity differs.');
    await command('tar', ['xzf', packed.filename], { cwd: workshop });
    const processor = arch() === 'arm64' ? 'aarch64' : 'x86_64';
    const system = process.platform === 'darwin' ? 'macos' : 'ubuntu';
    await copyFile(join(workshop, 'package', 'bin', system, processor, 'cfn-guard'), join(directory, 'cfn-guard'));
    await chmod(join(directory, 'cfn-guard'), 0o755);
  },
};
