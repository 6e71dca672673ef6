import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { registerApply } from './commands/apply.ts';
import { registerCanI } from './commands/can-i.ts';
import { registerCheck } from './commands/check.ts';
import { registerGet } from './commands/get.ts';
import { registerKeys } from './commands/keys.ts';
import { registerList } from './commands/list.ts';
import { EXIT } from './exit.ts';
import { reportError } from './report.ts';
import type { Terminal } from './terminal.ts';

/** Commands that need no local broker. It is not loaded for them, so that they start fast and on every Node. */
const LIGHT = new Set(['get', 'list', 'can-i', 'keys', 'check', 'apply']);
const COMMANDS = new Set([...LIGHT, 'dev']);

const MORE = `
Exit codes: 0 done, 1 refused, 2 wrong usage or configuration, 3 temporarily unavailable.
A flag comes before the environment: WAXSEAL_URL, WAXSEAL_BROKER_KEY, WAXSEAL_TOKEN, WAXSEAL_TOKEN_FILE, WAXSEAL_AUDIENCE.
The token comes from --token-file, WAXSEAL_TOKEN, WAXSEAL_TOKEN_FILE, GitHub Actions, or a pod’s projected token.`;

/**
 * Runs the command line.
 * @param args without the program's own name
 * @returns the exit code
 */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  let exit: number = EXIT.ok;
  try {
    const program = await createProgram(args, terminal, (code) => {
      exit = code;
    });
    await program.parseAsync(args, { from: 'user' });
    return exit;
  } catch (error) {
    const named = commandOf(args);
    const help = COMMANDS.has(named) ? `waxseal ${named} --help` : 'waxseal --help';
    return reportError(error, terminal, args.includes('--json'), help);
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
    .version(await packageVersion())
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
    const { registerDev } = await import('../local/dev-command.ts');
    registerDev(program, terminal);
  }
  return program;
}

async function packageVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
