import type { Command } from 'commander';
import type { CatalogFile } from '../../catalog/file.ts';
import { checkFile } from '../catalog-file.ts';
import { EXIT } from '../exit.ts';
import type { Terminal } from '../terminal.ts';

/** Registers `waxseal check`: every fault of a catalog's file at once, with line and column, and rules that are too broad. */
export function registerCheck(program: Command, terminal: Terminal, done: (exit: number) => void): void {
  program
    .command('check')
    .description('check a catalog file: exit code 1 where it has faults; warnings alone are no fault')
    .argument('<file>', 'the operator’s file, catalog.yaml')
    .option('--json', 'print faults and warnings as JSON')
    .action(async (file: string, options: { json?: true }) => {
      const { catalog, faults, warnings } = await checkFile(file, terminal, options.json === true);
      if (options.json) terminal.out(`${JSON.stringify({ faults, warnings })}\n`);
      else if (catalog === undefined)
        terminal.out(`${file}: ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}\n`);
      else terminal.out(`${file}: no faults; ${contents(catalog)}\n`);
      done(catalog === undefined ? EXIT.refused : EXIT.ok);
    });
}

function contents({ issuers, stores, secrets, mappings }: CatalogFile): string {
  return `issuers: ${issuers.length}, stores: ${stores.length}, secrets: ${secrets.length}, mappings: ${mappings.length}`;
}
