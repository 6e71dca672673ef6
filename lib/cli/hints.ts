import { resolve } from 'node:path';
import { type Command, CommanderError } from 'commander';
import { WaxsealError } from '../wire/errors.ts';
import { shown } from './report.ts';

/**
 * The next step after an error that has none of its own yet, from its code, its path and what was typed; undefined if nothing
 * better than the general advice for its code can be said.
 * @param program with all its commands
 * @param args as they were typed
 */
export function hintFor(error: unknown, program: Command, args: readonly string[]): string | undefined {
  if (error instanceof CommanderError && error.code === 'commander.unknownOption') return optionHint(program, args);
  if (error instanceof WaxsealError && error.path !== undefined) return pathHint(error.path, error.cause);
  return undefined;
}

/** Names a file or folder in full, and says what the file system has against it. A token in its place is not shown. */
export function pathHint(path: string, cause: unknown): string {
  const full = shown(resolve(path));
  switch (cause instanceof Error && 'code' in cause ? cause.code : undefined) {
    case 'ENOENT':
      return `${full} does not exist.`;
    case 'EACCES':
    case 'EPERM':
      return `You do not have permission to access ${full}.`;
    case 'EISDIR':
      return `${full} is a folder.`;
    case 'EEXIST':
    case 'ENOTDIR':
      return `${full} is not a folder.`;
    default:
      return `Check ${full}.`;
  }
}

/** What to do about the first unknown option. */
function optionHint(program: Command, args: readonly string[]): string | undefined {
  const found = firstUnknown(program, args);
  if (found === undefined) return undefined;
  const { flag, command } = found;
  if (flag === '--version' || flag === '-V') return versionHint(command);
  if (flag === '--token') {
    return 'Never pass a token as an argument: other users of the machine can read arguments. Set WAXSEAL_TOKEN or pass --token-file.';
  }
  const belongsLater = command === program && program.commands.some((one) => optionOf(one, flag) !== undefined);
  return belongsLater ? `${flag} goes after the command.` : undefined;
}

/** Walks the arguments as commander does, which says which option it does not know in prose only. */
function firstUnknown(program: Command, args: readonly string[]): { flag: string; command: Command } | undefined {
  let command = program;
  for (let at = 0; at < args.length && args[at] !== '--'; at++) {
    const word = args[at]!;
    if (!word.startsWith('-')) {
      command = command.commands.find((one) => one.name() === word) ?? command;
      continue;
    }
    const flag = word.split('=')[0]!;
    const option = optionOf(command, flag);
    if (option === undefined && flag !== '--help' && flag !== '-h') return { flag, command };
    if (option?.required && flag === word) at++; // its value is the next word
  }
  return undefined;
}

function versionHint(command: Command): string {
  const ours = '--version prints waxseal’s own version and goes before the command';
  const takesVersion = optionOf(command, '--secret-version') !== undefined;
  return takesVersion ? `${ours}. For a secret’s version use --secret-version.` : `${ours}.`;
}

function optionOf({ options }: Command, flag: string) {
  return options.find(({ long, short }) => long === flag || short === flag);
}
