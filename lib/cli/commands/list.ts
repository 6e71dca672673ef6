import type { Command } from 'commander';
import type { ListedSecret } from '../../client/envelopes.ts';
import { type ConnectionOptions, connect, withConnection } from '../connection.ts';
import type { Terminal } from '../terminal.ts';

/** Registers `waxseal list`: what this workload may read, a line each, or one JSON array. */
export function registerList(program: Command, terminal: Terminal): void {
  const command = program
    .command('list')
    .description('list the secrets that you may read: name, version and, where only these are granted, fields')
    .argument('[prefix]', 'only names that begin with this');
  withConnection(command)
    .option('--json', 'print a JSON array')
    .action(async (prefix: string | undefined, options: ConnectionOptions & { json?: true }) => {
      const listed: ListedSecret[] = [];
      for await (const secret of connect(options, terminal).listAll({ prefix })) listed.push(secret);
      terminal.out(options.json ? `${JSON.stringify(listed.map(toJson))}\n` : listed.map(toLine).join(''));
      if (listed.length === 0 && !options.json && terminal.outIsTty) {
        terminal.err(`There is nothing ${prefix === undefined ? '' : 'with this prefix '}that you may read.\n`);
      }
    });
}

function toJson({ name, version, fields }: ListedSecret): object {
  return { secret: name, version, fields };
}

function toLine({ name, version, fields }: ListedSecret): string {
  return `${[name, version, ...(fields === undefined ? [] : [fields.join(',')])].join('\t')}\n`;
}
