import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteLedger } from '../../lib/audit/sqlite.ts';
import { openDatabase } from '../../lib/embedded/database.ts';
import { ledgerContract } from './ledger.ts';

ledgerContract('SQLite', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'waxseal-ledger-'));
  const database = openDatabase(join(directory, 'waxseal.db'));
  return {
    ledger: (settings) => sqliteLedger(database, settings),
    kept: async (requestIds) =>
      database
        .prepare('SELECT * FROM ledger WHERE request_id IN (SELECT value FROM json_each(?))')
        .all(JSON.stringify(requestIds))
        .map(({ pk, at, ttl, record }) => ({
          pk: String(pk),
          at: String(at),
          ...(ttl === null ? {} : { ttl: Number(ttl) }),
          record: JSON.parse(String(record)),
        })),
    close: async () => {
      database.close();
      rmSync(directory, { recursive: true });
    },
  };
});
