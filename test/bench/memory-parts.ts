import type { Ledger } from '../../lib/audit/ledger.ts';
import type { Item, ItemChange } from '../../lib/catalog/table.ts';
import type { CatalogTable } from '../kit/catalog-table.ts';

/**
 * A table in memory, which costs next to nothing: with it the bench measures the broker's own work, not SQLite's or the AWS
 * SDK's. Only for measuring; tests use the real tables.
 */
export function memoryTable(): CatalogTable {
  const items = new Map<string, Item>();
  const at = (pk: string, sk: string) => `${pk}\n${sk}`;
  const sorted = () => [...items.values()].sort((a, b) => (at(a.pk, a.sk) < at(b.pk, b.sk) ? -1 : 1));
  return {
    get: async (keys) => keys.flatMap(({ pk, sk }) => items.get(at(pk, sk)) ?? []),
    query: async (pk, { prefix = '' }) => ({ items: sorted().filter((i) => i.pk === pk && i.sk.startsWith(prefix)) }),
    async write(changes: readonly ItemChange[]) {
      for (const change of changes) {
        const { pk, sk } = change;
        if ('put' in change) items.set(at(pk, sk), { pk, sk, data: change.put });
        else items.delete(at(pk, sk));
      }
    },
    async *all() {
      yield* items.values();
    },
  };
}

/** A ledger that forgets: the cost of a real one is measured with a real one. */
export const forgettingLedger: Ledger = { record: async () => {} };
