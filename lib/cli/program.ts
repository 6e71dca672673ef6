import { readFile } from 'node:fs/promises';
import { Command, CommanderError } from 'commander';
import { WaxsealError } from '../wire/errors.ts';
import { registerApply } from './commands/apply.ts';
import { registerCanI } from './commands/can-i.ts';
import { registerCheck } from './commands/check.ts';
import { registerGet } from './commands/get.ts';
import { registerKeys } from './commands/keys.ts';
import { registerList } from './commands/list.ts';
import { EXIT } from './exit.ts';
import { fileHint } from './file-hint.ts';
import { reportError, withHint } from './report.ts';
import type { Terminal } from './terminal.ts';
import { unknownOptionHint } from './unknown-option.ts';

/** Commands that need no local broker. It is not loaded for them, so that they start fast and on every Node. */
const LIGHT = new Set(['get', 'list', 'can-i', 'keys', 'check', 'apply']);
const COMMANDS = new Set([...LIGHT, 'dev']);

const MORE = `
Exit codes: 0 done, 1 refused, 2 wrong usage or configuration, 3 temporarily unavailable.
A flag wins over the environment: WAXSEAL_URL, WAXSEAL_BROKER_KEY, WAXSEAL_TOKEN, WAXSEAL_TOKEN_FILE, WAXSEAL_AUDIENCE.
The token comes from --token-file, WAXSEAL_TOKEN, WAXSEAL_TOKEN_FILE, GitHub Actions, or a pod’s projected token.`;

/**
 * Runs the command line.
 * @param args without the program's own name
 * @returns the exit code
 */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  let exit: number = EXIT.ok;
  try {
    if (args[0] === '--version' || args[0] === '-V') {
      terminal.out(`${await packageVersion()}\n`);
      return exit;
    }
    const program = await createProgram(args, terminal, (code) => {
      exit = code;
    });
    await parse(program, args);
    return exit;
  } catch (error) {
    const named = commandOf(args);
    const help = COMMANDS.has(named) ? `waxseal ${named} --help` : 'waxseal --help';
    return reportError(error, terminal, args.includes('--json'), help);
  }
}

async function parse(program: Command, args: readonly string[]): Promise<void> {
  const named = args[0] === 'help' ? args[1] : args[0];
  const isUnknown = named !== undefined && !named.startsWith('-') && named !== 'help' && !COMMANDS.has(named);
  try {
    // Alone, so that an option behind it cannot turn a slip into help or a version with exit code 0.
    await program.parseAsync(isUnknown ? [named] : args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const command = program.commands.find((one) => one.name() === commandOf(args));
    const hint =
      error instanceof CommanderError && error.code === 'commander.unknownOption'
        ? unknownOptionHint(error, program, args)
        : command && fileHint(error, command);
    // One that knows more of the cause stays.
    throw hint === undefined || (error instanceof WaxsealError && 'hint' in error) ? error : withHint(error, hint);
  }
}

function commandOf(args: readonly string[]): string {
  return args.find((word) => !word.startsWith('-')) ?? '';
}

async function createProgram(
  args: readonly string[],
  terminal: Terminal,
  done: (exit: number) => void,
): Promise<Command> {
  const program = new Command('waxseal')
    .description('Get secrets, sealed to a key that only you hold.')
    // For the help alone: commander would answer it wherever it stands, and a script would take the answer for a value.
    .option('-V, --version', 'output the version number')
    .enablePositionalOptions()
    .showHelpAfterError(false)
    .exitOverride()
    // What is wrong is told once, by reportError.
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err, outputError: () => undefined })
    .addHelpText('after', MORE);
  registerGet(program, terminal);
  registerList(program, terminal);
  registerCanI(program, terminal, done);
  registerKeys(program, terminal);
  registerCheck(program, terminal, done);
  registerApply(program, terminal, done);
  if (!LIGHT.has(commandOf(args))) {
    const { registerDev } = await import('./commands/dev.ts');
    registerDev(program, terminal);
  }
  return program;
}

async function packageVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
