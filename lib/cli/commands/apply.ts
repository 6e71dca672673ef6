import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Plan } from '../../apply/apply.ts';
import { type TableOptions, tableOf } from '../catalog-table.ts';
import { changeLine } from '../change-line.ts';
import { checkFile } from '../check-file.ts';
import { EXIT } from '../exit.ts';
import { usageError } from '../report.ts';
import type { Terminal } from '../terminal.ts';

interface ApplyOptions extends TableOptions {
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
}

/** Time for reading, comparing and writing a whole catalog, in milliseconds. */
const APPLY_MS = 600_000;

const NOTHING_WRITTEN = 'Nothing was written.\n';

/** Registers `waxseal apply`: makes a catalog, in DynamoDB or embedded, what an operator's file says. */
export function registerApply(program: Command, terminal: Terminal, done: (exit: number) => void): void {
  program
    .command('apply')
    .description('write a catalog file into a catalog, after showing what would change')
    .argument('<file>', 'the operator’s file, catalog.yaml')
    .option('--table <name>', 'the catalog’s DynamoDB table, in the region of AWS_REGION')
    .option('--data <folder>', 'the data folder of an embedded broker')
    .option('--dry-run', 'show what would change, write nothing')
    .option('--yes', 'do not ask')
    .option('--json', 'print the plan as JSON')
    .action(async (file: string, options: ApplyOptions) => {
      // What is typed wrongly is told before anything is read.
      const open = tableOf(options);
      const { catalog, faults } = await checkFile(file, terminal, options.json === true);
      if (catalog === undefined) {
        if (options.json) terminal.out(`${JSON.stringify({ faults })}\n`);
        else terminal.err(NOTHING_WRITTEN);
        return done(EXIT.refused);
      }
      const { apply, plan } = await import('../../apply/apply.ts');
      const signal = AbortSignal.timeout(APPLY_MS);
      const { table, explain, close } = await open();
      try {
        const planned = await plan(catalog, table, signal);
        show(planned, file, options, terminal);
        if (planned.faults.length > 0) return done(EXIT.refused);
        if (options.dryRun || planned.transactions.length === 0) return;
        if (!(await agreed(options, terminal))) {
          terminal.err(NOTHING_WRITTEN);
          return done(EXIT.refused);
        }
        await apply(planned, table, signal, (ms) => {
          terminal.err(`Waiting ${Math.ceil(ms / 1000)} s, until every broker reads by the new stores …\n`);
          return sleep(ms, undefined, { signal });
        });
        if (!options.json) terminal.out('Applied.\n');
      } catch (error) {
        throw explain(error);
      } finally {
        close();
      }
    });
}

function show(plan: Plan, file: string, { json }: ApplyOptions, terminal: Terminal): void {
  const { changes, summary, faults, transactions } = plan;
  if (json) {
    terminal.out(`${JSON.stringify({ summary, changes, faults, transactions: transactions.length })}\n`);
    return;
  }
  if (faults.length > 0) {
    for (const fault of faults) terminal.err(`${fault}\n`);
    terminal.err(NOTHING_WRITTEN);
    return;
  }
  terminal.out(changes.map((change) => `${changeLine(change, file)}\n`).join(''));
  for (const [kind, { created, changed, removed }] of Object.entries(summary)) {
    terminal.out(`${kind}: ${created} new, ${changed} changed, ${removed} removed\n`);
  }
  if (transactions.length === 0) terminal.out('The catalog holds this already.\n');
}

/** @throws CommanderError where there is nobody to ask */
function agreed({ yes }: ApplyOptions, terminal: Terminal): boolean | Promise<boolean> {
  if (yes) return true;
  if (!terminal.inIsTty) throw usageError('Nothing was written: nobody is there to agree.', 'Add --yes.');
  return terminal.ask('Write this into the catalog?');
}
