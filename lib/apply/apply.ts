import type { CatalogWriter } from '../catalog/table.ts';
import type { CatalogEntries } from '../entries/catalog-entries.ts';
import { WaxsealError } from '../wire/errors.ts';
import { addAllows, addDeniesAndRemoveAllows, compareCells, removeDenies } from './cell-steps.ts';
import { type Change, changesBetween, type Summary, summarize } from './changes.ts';
import { readContent } from './content.ts';
import { workOutDesired } from './desired.ts';
import { changeEntries, closeIssuers, compareEntries } from './entry-steps.ts';
import { PAUSE_MS, type Schedule, type Step, toTransactions } from './transactions.ts';

/** What has to be written for a table to hold what a catalog file says. Without transactions if it holds that already. */
export interface Plan extends Schedule {
  /** What happens to each entry, for the person who confirms it. */
  readonly changes: readonly Change[];
  readonly summary: Summary;
  /** Why the file cannot be applied, as sentences. A plan with faults has no transactions. */
  readonly faults: readonly string[];
}

/**
 * Compares a catalog file with the whole table and works out what to write; writes nothing. Issuers, stores and mappings become
 * what the file says, and so do records that a file registered. Records of uploads stay.
 *
 * Between any two writes nobody may do what neither the old catalog nor the new one allows. The order of the steps
 * ensures that (docs/decisions.md).
 * @throws WaxsealError `store_unavailable` if the table cannot be read, or holds an entry that cannot be
 */
export async function plan(file: CatalogEntries, table: CatalogWriter, signal: AbortSignal): Promise<Plan> {
  const content = await readContent(table, signal);
  const desired = workOutDesired(file, content);
  const changes = changesBetween(file, content, desired);
  const report = { changes, summary: summarize(changes), faults: desired.faults };
  if (desired.faults.length > 0) return { transactions: [], pauses: new Set(), ...report };

  const cells = compareCells(content.cells, desired.cells);
  const entries = compareEntries(file, content, desired);
  const steps: readonly Step[] = [
    addDeniesAndRemoveAllows(cells, entries.affects), // only takes away: never waits
    closeIssuers(entries), // only takes away: never waits
    changeEntries(entries), // waits if an earlier apply owes a pause; owes one to the rest if names move
    addAllows(cells), // waits if a pause is owed and an allow rule is new
    removeDenies(cells), // waits if a pause is owed and a deny is dropped
  ];
  return { ...toTransactions(steps, content.texts), ...report };
}

/**
 * Writes a plan. It may be cut short at any point: the table then allows nothing that neither the old catalog nor the new one
 * allows, and a new plan goes on from there.
 * @param pause waits that many milliseconds
 * @throws WaxsealError `conflict` if the plan has faults, or the table was changed after the plan was made;
 *   `store_unavailable`
 */
export async function apply(
  { transactions, pauses, faults }: Plan,
  table: CatalogWriter,
  signal: AbortSignal,
  pause: (ms: number) => Promise<void>,
): Promise<void> {
  if (faults.length > 0) throw new WaxsealError('conflict', 'The plan has faults, so none of it was applied.');
  for (const [at, changes] of transactions.entries()) {
    if (pauses.has(at)) await pause(PAUSE_MS);
    await table.write(changes, signal);
  }
}
