import { command } from './command.ts';
import { python311 } from './python.ts';

/** A program that the machine must have, because no package registry has it. */
export interface Prerequisite {
  readonly name: string;
  /** How to get it, for people. */
  readonly get: string;
  /** Whether the machine has it, in a version that works. */
  readonly present: () => Promise<boolean>;
}

const onPath = (file: string, ...args: string[]) =>
  command(file, args).then(
    () => true,
    () => false,
  );

const packages = (debian: string, fedora: string) =>
  `apt-get install ${debian}  (Debian, Ubuntu) or dnf install ${fedora}  (Fedora)`;

/** Linux: aws-lambda-ric has no native part for any other system. */
export const linux: Prerequisite = {
  name: 'Linux',
  get: 'run the tests on Linux (a virtual machine, WSL 2 or a container): aws-lambda-ric is built for nothing else',
  present: async () => process.platform === 'linux',
};

/** Python 3.11 with venv; LocalStack's pinned release and its dependencies need this version. */
export const python: Prerequisite = {
  name: 'Python 3.11 with the venv module',
  get: 'apt-get install python3.11 python3.11-venv  (Debian 12) or dnf install python3.11  (Fedora) or pyenv install 3.11 or uv python install 3.11',
  present: async () => (await python311()) !== undefined,
};

/** A JDK, not only a runtime: DynamoDB Local needs Java 17, and its launcher needs `javac` and `jar`. */
export const jdk: Prerequisite = {
  name: 'a JDK, 17 or newer (javac and jar)',
  get: packages('openjdk-17-jdk-headless', 'java-latest-openjdk-devel'),
  present: async () => {
    const version = await command('javac', ['-version']).catch(() => '');
    return Number(/^javac (\d+)/.exec(version)?.[1] ?? 0) >= 17 && (await onPath('jar', '--version'));
  },
};

/** Maven, which fetches DynamoDB Local. */
export const maven: Prerequisite = {
  name: 'Maven (mvn)',
  get: packages('maven', 'maven'),
  present: () => onPath('mvn', '--version'),
};

/** What aws-lambda-ric builds its native part with. */
export const nativeTools: readonly Prerequisite[] = [
  { name: 'a C++ compiler (g++)', get: packages('g++', 'gcc-c++'), present: () => onPath('g++', '--version') },
  { name: 'make', get: packages('make', 'make'), present: () => onPath('make', '--version') },
  { name: 'CMake', get: packages('cmake', 'cmake'), present: () => onPath('cmake', '--version') },
  { name: 'xz', get: packages('xz-utils', 'xz'), present: () => onPath('xz', '--version') },
  { name: 'tar', get: packages('tar', 'tar'), present: () => onPath('tar', '--version') },
];

/** npm, which comes with Node. */
export const npm: Prerequisite = {
  name: 'npm',
  get: 'install Node 20 or newer with npm from https://nodejs.org/',
  present: () => onPath('npm', '--version'),
};

/**
 * Checks all of them before anything is downloaded.
 *
 * @throws Error with every missing one and how to get it.
 */
export async function checkPrerequisites(needed: Iterable<Prerequisite>): Promise<void> {
  const checked = await Promise.all([...new Set(needed)].map(async (one) => ({ one, present: await one.present() })));
  const missing = checked.filter(({ present }) => !present).map(({ one }) => `  ${one.name}: ${one.get}`);
  if (missing.length > 0)
    throw new Error(`The tests need these, which this machine does not have:\n${missing.join('\n')}`);
}
