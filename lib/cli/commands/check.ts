import type { Command } from 'commander';
import type { CatalogEntries } from '../../entries/catalog-entries.ts';
import { checkFile } from '../check-file.ts';
import { EXIT } from '../exit.ts';
import { jsonLine, printedLine, type Terminal } from '../terminal.ts';

interface CheckOptions {
  readonly devIssuer?: true;
  readonly ids?: true;
  readonly json?: true;
}

/** Registers `waxseal check`: all faults of a catalog file at once, with line and column, and doubtful rules. */
export function registerCheck(program: Command, terminal: Terminal, done: (exit: number) => void): void {
  program
    .command('check')
    .summary('check a catalog file')
    .description(
      'Check a catalog file, and warn about rules that are probably not what you meant. The exit code is 1 if the file has ' +
        'faults; warnings are not faults.',
    )
    .argument('<file>', 'the catalog file, such as catalog.yaml')
    .option('--dev-issuer', 'check a file for "waxseal dev --dev-issuer", whose rules may name the development issuer')
    .option('--ids', 'print each rule’s line and the id that it has in audit records')
    .option('--json', 'print faults, warnings and ids as JSON')
    .action(async (file: string, options: CheckOptions) => {
      const besides = options.devIssuer ? await developmentIssuer() : [];
      const { catalog, faults, warnings } = await checkFile(file, terminal, options.json === true, besides);
      const rules = Array.from(catalog?.positions ?? [], ([id, position]) => ({ id, ...position }));
      if (options.json) terminal.out(jsonLine({ faults, warnings, rules }));
      else if (catalog === undefined)
        terminal.out(printedLine(`${file}: ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}`));
      else terminal.out(printedLine(`${file}: no faults; ${contents(catalog)}`));
      if (options.ids && !options.json)
        for (const { id, line, column } of rules) terminal.out(printedLine(`${file}:${line}:${column} ${id}`));
      done(catalog === undefined ? EXIT.refused : EXIT.ok);
    });
}

/** Its entry without the key, which only the broker of a data folder has. */
async function developmentIssuer() {
  const { DEV_AUDIENCE, DEV_ISSUER } = await import('../../embedded/dev-issuer.ts');
  return [{ issuer: DEV_ISSUER, audience: DEV_AUDIENCE }];
}

function contents({ issuers, stores, secrets, mappings }: CatalogEntries): string {
  return `issuers: ${issuers.length}, stores: ${stores.length}, secrets: ${secrets.length}, mappings: ${mappings.length}`;
}
