import type { Command } from 'commander';
import type { Secret } from '../../client/secret.ts';
import { toBase64url } from '../../wire/bytes.ts';
import { askedSecret, type PartOptions, withPart } from '../asked.ts';
import { type ConnectionOptions, connect, withConnection } from '../connection.ts';
import { writeOutputFile } from '../output-file.ts';
import { usageError } from '../report.ts';
import type { Terminal } from '../terminal.ts';

interface GetOptions extends ConnectionOptions, PartOptions {
  readonly json?: true;
  readonly output?: string;
}

/** Registers `waxseal get`: prints one secret's value, or writes it into a file. */
export function registerGet(program: Command, terminal: Terminal): void {
  const command = program
    .command('get')
    .description('print a secret')
    .argument('<name>', 'its name, or waxseal://NAME[?field=F][&version=V]');
  withConnection(withPart(command))
    .option('--json', 'print value, version and field as JSON')
    .option('--output <file>', 'write into a file that only you can read (mode 0600)')
    .action(async (name: string, options: GetOptions) => {
      const secret = await connect(options, terminal).get(askedSecret(name, options));
      const printed = options.json ? `${JSON.stringify(toJson(secret))}\n` : secret.revealBytes();
      if (options.output !== undefined) await writeOutputFile(options.output, printed);
      else print(secret, printed, terminal);
    });
}

/** The value as it is, so that pipes and files get it byte for byte; a terminal gets a line. */
function print(secret: Secret, printed: string | Uint8Array, terminal: Terminal): void {
  if (typeof printed !== 'string' && terminal.outIsTty) {
    if (secret.kind === 'binary') {
      throw usageError('The secret is binary, which a terminal cannot show.', 'Use --output FILE, --json, or a pipe.');
    }
    terminal.out(`${secret.reveal()}\n`);
  } else terminal.out(printed);
}

function toJson(secret: Secret): object {
  return {
    secret: secret.name,
    version: secret.version,
    field: secret.field,
    ...(secret.kind === 'binary' ? { binary: toBase64url(secret.revealBytes()) } : { string: secret.reveal() }),
    refresh_after: secret.refreshAfter?.toISOString(),
  };
}
