import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Plan } from '../../apply/apply.ts';
import type { Change } from '../../apply/changes.ts';
import { type TableOptions, tableOf } from '../catalog-table.ts';
import { checkFile } from '../check-file.ts';
import { EXIT } from '../exit.ts';
import { usageError } from '../report.ts';
import { jsonLine, printedLine, type Terminal } from '../terminal.ts';

interface ApplyOptions extends TableOptions {
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
}

/** Time limit for reading, comparing and writing a whole catalog, in milliseconds. */
const APPLY_MS = 600_000;

const NOTHING_WRITTEN = 'Nothing was written.\n';

const EXAMPLES = `
Examples:
  $ waxseal apply catalog.yaml --table NAME --dry-run
  $ waxseal apply catalog.yaml --data .waxseal-dev --yes`;

/** Registers `waxseal apply`: makes a catalog, in DynamoDB or embedded, match an operator's file. */
export function registerApply(program: Command, terminal: Terminal, done: (exit: number) => void): void {
  program
    .command('apply')
    .summary('write a catalog file to a catalog')
    .description('Show what a catalog file would change in a catalog, ask for confirmation, and write the changes.')
    .argument('<file>', 'the catalog file, such as catalog.yaml')
    .option('--table <name>', 'the catalog’s DynamoDB table, in the region that AWS_REGION sets')
    .option('--data <folder>', 'the data folder of an embedded broker')
    .option('--dry-run', 'show what would change and write nothing')
    .option('--yes', 'do not ask for confirmation')
    .option('--json', 'print the plan as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, options: ApplyOptions) => {
      // Wrong usage is reported before anything is read.
      const open = tableOf(options);
      const { catalog, faults } = await checkFile(file, terminal, options.json === true);
      if (catalog === undefined) {
        if (options.json) terminal.out(jsonLine({ faults }));
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
          terminal.err(`Waiting ${Math.ceil(ms / 1000)} s until every broker has loaded the new store list …\n`);
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
    terminal.out(jsonLine({ summary, changes, faults, transactions: transactions.length }));
    return;
  }
  if (faults.length > 0) {
    for (const fault of faults) terminal.err(printedLine(fault));
    terminal.err(NOTHING_WRITTEN);
    return;
  }
  terminal.out(changes.map((change) => printedLine(changeLine(change, file))).join(''));
  for (const [kind, { created, changed, removed }] of Object.entries(summary)) {
    terminal.out(`${kind}: ${created} new, ${changed} changed, ${removed} removed\n`);
  }
  if (transactions.length === 0) terminal.out('The catalog already matches the file.\n');
}

/** @throws CommanderError if there is no terminal to ask on */
function agreed({ yes }: ApplyOptions, terminal: Terminal): boolean | Promise<boolean> {
  if (yes) return true;
  if (!terminal.inIsTty)
    throw usageError(
      'Nothing was written, since there is no terminal to confirm on.',
      'Add --yes to apply without confirmation.',
    );
  return terminal.ask('Write these changes to the catalog?');
}

const SIGNS = { created: '+', changed: '~', removed: '-' } as const;

/** What a plan does to one entry, as a line: `+ mapping allow web/* to https://issuer.example svc:web:* (catalog.yaml:17)`. */
function changeLine(change: Change, file: string): string {
  return `${SIGNS[change.change]} ${change.kind} ${describe(change, file)}`;
}

function describe(change: Change, file: string): string {
  if (change.kind !== 'mapping') return `${change.name}${notes(change.members ?? [])}`;
  const { change: kind, id, mode, effect, secret, issuer, subject, narrowed, line } = change;
  const words = [
    ...(kind === 'created' ? [] : [id]),
    ...(mode === 'shadow' ? [mode] : []),
    ...[effect, secret, 'to', issuer, subject],
  ];
  const moves = kind === 'changed' ? ['only moves within the table'] : [];
  return `${words.join(' ')}${notes(narrowed, [...moves, ...(line === undefined ? [] : [`${file}:${line}`])])}`;
}

function notes(members: readonly string[], more: readonly string[] = []): string {
  const parts = [...(members.length > 0 ? [members.join(', ')] : []), ...more];
  return parts.length === 0 ? '' : ` (${parts.join('; ')})`;
}
