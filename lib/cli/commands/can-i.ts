import type { Command } from 'commander';
import type { MissingPart, Permission } from '../../client/envelopes.ts';
import { type ConnectionOptions, connect, withConnection } from '../connection.ts';
import { EXIT } from '../exit.ts';
import { jsonLine, printedLine, type Terminal } from '../terminal.ts';
import { type PartOptions, readWant, withPart } from '../want.ts';

interface CanIOptions extends ConnectionOptions, PartOptions {
  readonly json?: true;
}

/** Registers `waxseal can-i`: whether a get would be allowed, and what is missing. `done` takes the exit code. */
export function registerCanI(program: Command, terminal: Terminal, done: (exit: number) => void): void {
  const command = program
    .command('can-i')
    .summary('ask whether you may read a secret')
    .description(
      'Ask whether you may read a secret (exit code 0) or not (exit code 1), and what is missing. It does not say whether the ' +
        'secret exists.',
    )
    .argument('<name>', 'the secret’s name, or waxseal://NAME[?field=F][&version=V]');
  withConnection(withPart(command))
    .option('--json', 'print the answer as JSON')
    .action(async (name: string, options: CanIOptions) => {
      const permission = await connect(options, terminal).canI(readWant(name, options));
      terminal.out(options.json ? jsonLine(permission) : toText(permission));
      done(permission.allowed ? EXIT.ok : EXIT.refused);
    });
}

function toText(permission: Permission): string {
  if (permission.allowed) return 'allowed\n';
  const missing = permission.missing.map((part) => printedLine(`missing: ${describe(part)}`)).join('');
  return `denied (${permission.code})\n${missing || 'no mapping matches your issuer and subject, or a deny decides\n'}`;
}

function describe({ kind, claim, binding }: MissingPart): string {
  return [kind, claim ?? binding].filter((word) => word !== undefined).join(' ');
}
