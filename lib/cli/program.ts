import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { registerApply } from './commands/apply.ts';
import { registerCanI } from './commands/can-i.ts';
import { registerCheck } from './commands/check.ts';
import { registerGet } from './commands/get.ts';
import { registerKeys } from './commands/keys.ts';
import { registerList } from './commands/list.ts';
import { EXIT } from './exit.ts';
import { hintFor } from './hints.ts';
import { hintOf, reportError, withHint } from './report.ts';
import type { Terminal } from './terminal.ts';

/** Commands that do not need the embedded broker. It is not loaded for them, so that they start fast and on every Node. */
const LIGHT = new Set(['get', 'list', 'can-i', 'keys', 'check', 'apply']);
const COMMANDS = new Set([...LIGHT, 'dev']);

const MORE = `
Environment variables (flags win over them):
  WAXSEAL_URL         the broker’s URL
  WAXSEAL_BROKER_KEY  the broker’s public xkey, from the deployment’s outputs; separate several with commas
  WAXSEAL_TOKEN       your token
  WAXSEAL_TOKEN_FILE  a file with your token
  WAXSEAL_AUDIENCE    the broker’s audience (default: its URL)

The token comes from the first of these: --token-file, WAXSEAL_TOKEN, WAXSEAL_TOKEN_FILE, GitHub Actions, a pod’s projected token.

Exit codes: 0 done, 1 refused, 2 wrong usage or configuration, 3 temporarily unavailable.`;

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
    // Alone, so that an option after it cannot turn a typo into help or a version with exit code 0.
    await program.parseAsync(isUnknown ? [named] : args, { from: 'user' });
  } catch (error) {
    // The code that knew the cause has already left a hint.
    if (!(error instanceof Error) || hintOf(error) !== undefined) throw error;
    const hint = hintFor(error, program, args);
    throw hint === undefined ? error : withHint(error, hint);
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
    // For the help only: commander would answer it anywhere in the line, and a script would take the answer for a value.
    .option('-V, --version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .enablePositionalOptions()
    .showHelpAfterError(false)
    .exitOverride()
    // Errors are reported once, by reportError.
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
