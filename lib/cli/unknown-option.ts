import type { Command, CommanderError } from 'commander';

/**
 * What to do about an option that is unknown where it was typed; undefined where nothing better than the help can be told.
 * @param program with all its commands
 * @param args as they were typed
 */
export function unknownOptionHint(
  error: CommanderError,
  program: Command,
  args: readonly string[],
): string | undefined {
  const [, flag] = /^error: unknown option '(--?[\w-]+)/.exec(error.message) ?? [];
  if (flag === undefined) return undefined;
  const at = args.findIndex((word) => word === flag || word.startsWith(`${flag}=`));
  const names = program.commands.map((command) => command.name());
  const commandAt = args.findIndex((word) => names.includes(word));
  if (flag === '--version' || flag === '-V') return versionHint(program.commands, args[commandAt]);
  if (flag === '--token') {
    return 'There is no flag for the token, since others can see a command’s arguments: set WAXSEAL_TOKEN, or give --token-file.';
  }
  const isAhead = commandAt < 0 || at < commandAt;
  if (isAhead && program.commands.some((command) => hasOption(command, flag))) return `${flag} goes after the command.`;
  return undefined;
}

function versionHint(commands: readonly Command[], name: string | undefined): string {
  const ours = '--version shows waxseal’s own version and stands before the command';
  const command = commands.find((one) => one.name() === name);
  const takesVersion = command !== undefined && hasOption(command, '--secret-version');
  return takesVersion ? `${ours}; a secret’s version is --secret-version.` : `${ours}.`;
}

function hasOption({ options }: Command, flag: string): boolean {
  return options.some(({ long, short }) => long === flag || short === flag);
}
