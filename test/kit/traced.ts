import type { Ledger } from '../../lib/audit/ledger.ts';
import type { CatalogReader } from '../../lib/catalog/table.ts';
import type { SecretReader } from '../../lib/stores/store.ts';
import type { TestBrokerOptions } from './broker.ts';

/** One call from the broker to its table, ledger or store, with what it asked for. */
export interface Call {
  readonly call: 'table.get' | 'table.query' | 'store.get' | 'store.getMany' | 'ledger.record';
  readonly asked: unknown;
}

/** Wrappers for `startBroker` that record every call. Empty `calls` between two requests. */
export function traced(): { calls: Call[]; wraps: Pick<TestBrokerOptions, 'wrapTable' | 'wrapStore' | 'wrapLedger'> } {
  const calls: Call[] = [];
  const note = (call: Call['call'], asked: unknown) => void calls.push({ call, asked });
  return {
    calls,
    wraps: {
      wrapTable: (table): CatalogReader => ({
        get(keys, signal) {
          note('table.get', keys);
          return table.get(keys, signal);
        },
        query(pk, range, signal) {
          note('table.query', pk);
          return table.query(pk, range, signal);
        },
      }),
      wrapStore: (store): SecretReader => ({
        get(wanted, signal) {
          note('store.get', wanted);
          return store.get(wanted, signal);
        },
        getMany(wanted, signal) {
          note('store.getMany', wanted);
          return store.getMany(wanted, signal);
        },
      }),
      wrapLedger: (ledger): Ledger => ({
        record(record, guard, now, signal) {
          note('ledger.record', record);
          return ledger.record(record, guard, now, signal);
        },
      }),
    },
  };
}

/** How often each one was called. */
export function counts(calls: readonly Call[]): Partial<Record<Call['call'], number>> {
  const found: Partial<Record<Call['call'], number>> = {};
  for (const { call } of calls) found[call] = (found[call] ?? 0) + 1;
  return found;
}
