import { join } from 'node:path';
import { command } from './command.ts';

/** The name of a Python 3.11 on the PATH that can make virtual environments, or undefined if there is none. */
export async function python311(): Promise<string | undefined> {
  for (const name of ['python3.11', 'python3', 'python']) {
    const check = 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))';
    const fits = await command(name, ['-c', check]).then(
      () => true,
      () => false,
    );
    if (fits) return name;
  }
  return undefined;
}

/** The interpreter of a virtual environment. Its scripts contain absolute paths and do not survive a move; the interpreter does. */
export const interpreter = (environment: string) => join(environment, 'bin', 'python');

/** Makes a virtual environment and installs into it with pip. `requirements` are pip's arguments. */
export async function virtualEnvironment(directory: string, requirements: readonly string[]): Promise<void> {
  const name = await python311();
  if (name === undefined) throw new Error('There is no Python 3.11 on the PATH.');
  await command(name, ['-m', 'venv', directory]);
  await pip(directory, ['install', ...requirements]);
}

/** Runs pip in a virtual environment. */
export async function pip(environment: string, args: readonly string[]): Promise<void> {
  const settings = { PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_NO_INPUT: '1' };
  await command(interpreter(environment), ['-m', 'pip', '--quiet', ...args], { environment: settings });
}
