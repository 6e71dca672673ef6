import type { Command } from 'commander';
import type { Secret } from '../../client/secret.ts';
import { toBase64url } from '../../wire/bytes.ts';
import { type ConnectionOptions, connect, withConnection } from '../connection.ts';
import { writeOutputFile } from '../output-file.ts';
import { usageError } from '../report.ts';
import type { Terminal } from '../terminal.ts';
import { type PartOptions, readWant, withPart } from '../want.ts';

interface GetOptions extends ConnectionOptions, PartOptions {
  readonly json?: true;
  readonly output?: string;
}

const EXAMPLES = `
Examples:
  $ waxseal get payments/stripe
  $ waxseal get payments/stripe --field api_key
  $ waxseal get 'waxseal://payments/stripe?version=previous' --output stripe.key`;

/** Registers `waxseal get`: prints one secret's value, or writes it to a file. */
export function registerGet(program: Command, terminal: Terminal): void {
  const command = program
    .command('get')
    .summary('print a secret')
    .description('Print the value of a secret, or write it to a file.')
    .argument('<name>', 'the secret’s name, or waxseal://NAME[?field=F][&version=V]')
    .addHelpText('after', EXAMPLES);
  withConnection(withPart(command))
    .option('--json', 'print value, version and field as JSON')
    .option('--output <file>', 'write to a file that only you can read (mode 0600)')
    .action(async (name: string, options: GetOptions) => {
      const secret = await connect(options, terminal).get(readWant(name, options));
      const printed = options.json ? `${JSON.stringify(toJson(secret))}\n` : secret.revealBytes();
      if (options.output !== undefined) await writeOutputFile(options.output, printed);
      else print(secret, printed, terminal);
    });
}

/** Pipes and files get the value byte for byte; a terminal gets a line. */
function print(secret: Secret, printed: string | Uint8Array, terminal: Terminal): void {
  if (typeof printed !== 'string' && terminal.outIsTty) {
    if (secret.kind === 'binary') {
      throw usageError(
        'The secret is binary, so it is not printed to a terminal.',
        'Use --output FILE, --json, or a pipe.',
      );
    }
    terminal.out(`${secret.reveal()}\n`);
  } else terminal.out(printed);
}

function toJson(secret: Secret): object {
  return {
    secret: secret.secret,
    version: secret.version,
    field: secret.field,
    ...(secret.kind === 'binary' ? { binary: toBase64url(secret.revealBytes()) } : { string: secret.reveal() }),
    refresh_after: secret.refreshAfter?.toISOString(),
  };
}
