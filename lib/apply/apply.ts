import type { CatalogWriter, ItemChange } from '../catalog/table.ts';
import type { CatalogEntries } from '../entries/catalog-entries.ts';
import { WaxsealError } from '../wire/errors.ts';
import { type Change, changesBetween } from './changes.ts';
import { desire } from './desired.ts';
import { entrySteps } from './entries.ts';
import { cellSteps } from './order.ts';
import { readStanding } from './standing.ts';
import { type Summary, summarize } from './summary.ts';
import { SETTLE_MS, transactionWriter } from './transactions.ts';

/** What has to be written for a table to hold what a catalog's file says. */
export interface Plan {
  /** In the order in which they must be written. Empty: the table holds it already, or there are faults. */
  readonly transactions: readonly (readonly ItemChange[])[];
  /**
   * Before which transactions to wait, by their places in the list: until no broker looks for names where the stores led
   * before.
   */
  readonly pauses: ReadonlySet<number>;
  /** What becomes of each entry, for whoever agrees to it. */
  readonly changes: readonly Change[];
  readonly summary: Summary;
  /** Why the file cannot be applied, in plain words. */
  readonly faults: readonly string[];
}

/**
 * Compares a catalog's file with the table. Issuers, stores and mappings become what the file says; of the records, those
 * that a file registered: what uploads recorded stays. Nothing is written.
 * @throws WaxsealError `store_unavailable`
 */
export async function plan(file: CatalogEntries, table: CatalogWriter, signal: AbortSignal): Promise<Plan> {
  const standing = await readStanding(table, signal);
  const desired = desire(file, standing);
  const changes = changesBetween(file, standing, desired);
  const summary = summarize(changes);
  if (desired.faults.length > 0)
    return { transactions: [], pauses: new Set(), changes, summary, faults: desired.faults };

  const writer = transactionWriter(standing.texts);
  const cells = cellSteps(standing.cells, desired.cells);
  const entries = entrySteps(file, standing, desired);
  cells.tighten(writer, entries.leaning);
  entries.closeIssuers(writer);
  entries.change(writer);
  cells.widen(writer);
  cells.undenyLast(writer);
  const { transactions } = writer;
  const pauses = new Set([...writer.pauses].filter((at) => at < transactions.length));
  return { transactions, pauses, changes, summary, faults: [] };
}

/**
 * Writes a plan. It may be cut short at any point: what stands then allows nothing that neither the old catalog nor the new
 * one allows, and a new plan goes on from there.
 * @param pause waits so many milliseconds
 * @throws WaxsealError `conflict` where the plan has faults, or somebody changed the table after it was made;
 *   `store_unavailable`
 */
export async function apply(
  { transactions, pauses, faults }: Plan,
  table: CatalogWriter,
  signal: AbortSignal,
  pause: (ms: number) => Promise<void>,
): Promise<void> {
  if (faults.length > 0) throw new WaxsealError('conflict', 'The plan has faults, so nothing of it is applied.');
  for (const [at, changes] of transactions.entries()) {
    if (pauses.has(at)) await pause(SETTLE_MS);
    await table.write(changes, signal);
  }
}
