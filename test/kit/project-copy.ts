import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const PROJECT = join(import.meta.dirname, '..', '..');

/** What osls packages and deploys, copied into a folder. */
export interface ProjectCopy {
  readonly directory: string;
  /** Runs osls there. Its environment is `environment` and `PATH` only. @throws Error with what it printed */
  readonly osls: (args: readonly string[], environment?: Readonly<Record<string, string>>) => Promise<void>;
  readonly remove: () => void;
}

/** Copies the project, so that parallel runs and the project's own `.serverless` do not interfere. */
export function copyProject(): ProjectCopy {
  const directory = mkdtempSync(join(tmpdir(), 'waxseal-project-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  process.once('exit', remove);
  for (const name of ['functions', 'infra', 'lib', 'package.json', 'serverless.yml', 'tsconfig.json'])
    cpSync(join(PROJECT, name), join(directory, name), { recursive: true });
  symlinkSync(join(PROJECT, 'node_modules'), join(directory, 'node_modules'));
  const program = join(PROJECT, 'node_modules', 'osls', 'bin', 'serverless.js');
  return {
    directory,
    async osls(args, environment = {}) {
      const env = { PATH: process.env.PATH, HOME: directory, ...environment };
      await promisify(execFile)(process.execPath, [program, ...args], { cwd: directory, env }).catch((failure) => {
        throw new Error(`osls ${args.join(' ')} failed.\n${failure.stdout}${failure.stderr}`);
      });
    },
    remove,
  };
}
