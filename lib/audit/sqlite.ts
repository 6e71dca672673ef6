import type { DatabaseSync } from 'node:sqlite';
import { compact } from '../wire/compact.ts';
import { WaxsealError } from '../wire/errors.ts';
import { guardedLedger, type LedgerSettings, type PriorRecord, type PutOnce } from './guard.ts';
import type { Ledger } from './ledger.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS ledger (
    pk TEXT PRIMARY KEY,
    at TEXT NOT NULL,
    ttl INTEGER,
    request_id TEXT NOT NULL,
    recipient TEXT NOT NULL,
    sealed_hash TEXT,
    record TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS ledger_ttl ON ledger (ttl) WHERE ttl IS NOT NULL;
`;

/** How often, and how many at once, expired records are removed: rarely and few, so that no request waits for it. */
const SWEEP_MS = 60_000;
const SWEEP_ROWS = 500;

/** The ledger in SQLite: the same records and the same guard as in DynamoDB. `record` holds the record as JSON. */
export function sqliteLedger(database: DatabaseSync, settings: LedgerSettings = {}): Ledger {
  database.exec(SCHEMA);
  database.exec('PRAGMA synchronous = FULL'); // durable before it is acknowledged, even with a write-ahead log
  const insert = database.prepare(
    'INSERT INTO ledger (pk, at, ttl, request_id, recipient, sealed_hash, record) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const select = database.prepare('SELECT request_id, recipient, sealed_hash FROM ledger WHERE pk = ?');
  const sweep = database.prepare(
    'DELETE FROM ledger WHERE pk IN (SELECT pk FROM ledger WHERE ttl IS NOT NULL AND ttl < ? LIMIT ?)',
  );
  let swept: number | undefined; // by the requests' own times; milliseconds

  const putOnce: PutOnce = async ({ pk, at, ttl, sealed_hash, record }, signal) => {
    if (signal.aborted) throw unavailable(signal.reason);
    try {
      const { request_id, recipient } = record;
      const json = JSON.stringify(record);
      const written = insert.run(pk, at, ttl ?? null, request_id, recipient, sealed_hash ?? null, json).changes;
      const now = Date.parse(at);
      swept ??= now;
      if (now - swept >= SWEEP_MS) {
        swept = now;
        sweep.run(Math.floor(now / 1000), SWEEP_ROWS);
      }
      if (Number(written) === 1) return undefined;
      const row = select.get(pk);
      if (row === undefined) throw unavailable(undefined); // removed between the two statements: nothing was written
      return priorRecord(row);
    } catch (error) {
      throw error instanceof WaxsealError ? error : unavailable(error);
    }
  };
  return guardedLedger(putOnce, settings);
}

function priorRecord({ request_id, recipient, sealed_hash }: Record<string, unknown>): PriorRecord {
  return compact({
    request_id: String(request_id),
    recipient: String(recipient),
    sealed_hash: typeof sealed_hash === 'string' ? sealed_hash : undefined,
  });
}

function unavailable(cause: unknown): WaxsealError {
  return new WaxsealError('audit_unavailable', undefined, { cause, retryAfter: 1 });
}
