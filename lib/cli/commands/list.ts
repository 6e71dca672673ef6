import type { Command } from 'commander';
import type { ListedSecret } from '../../client/envelopes.ts';
import { type ConnectionOptions, connect, withConnection } from '../connection.ts';
import { jsonLine, printable, type Terminal } from '../terminal.ts';

/** Registers `waxseal list`: what this workload may read, one line each, or a JSON array. */
export function registerList(program: Command, terminal: Terminal): void {
  const command = program
    .command('list')
    .summary('list the secrets that you may read')
    .description(
      'List the secrets that you may read: name, version, and the fields if you may not read the whole secret.',
    )
    .argument('[prefix]', 'only names that start with this');
  withConnection(command)
    .option('--json', 'print a JSON array')
    .action(async (prefix: string | undefined, options: ConnectionOptions & { json?: true }) => {
      const listed: ListedSecret[] = [];
      for await (const secret of connect(options, terminal).listAll({ prefix })) listed.push(secret);
      terminal.out(options.json ? jsonLine(listed) : listed.map(toLine).join(''));
      if (listed.length === 0 && !options.json && terminal.outIsTty) {
        terminal.err(`You may not read any secrets${prefix === undefined ? '' : ' with this prefix'}.\n`);
      }
    });
}

function toLine({ secret, version, fields }: ListedSecret): string {
  const columns = [secret, String(version), ...(fields === undefined ? [] : [fields.join(',')])];
  return `${columns.map(printable).join('\t')}\n`;
}
