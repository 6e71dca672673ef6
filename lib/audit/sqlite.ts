import type { DatabaseSync } from 'node:sqlite';
import { WaxsealError } from '../wire/errors.ts';
import { guardedLedger, type LedgerSettings, type PutOnce, type Standing } from './guard.ts';
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

/** How often, and how many at a time, expired records are removed: seldom and few, so that no request waits for it. */
const SWEEP_MS = 60_000;
const SWEEP_ROWS = 500;

/** The ledger in SQLite: the same records and the same guard as in DynamoDB. `record` holds the record as JSON. */
export function sqliteLedger(database: DatabaseSync, settings: LedgerSettings = {}): Ledger {
  const now = settings.now ?? Date.now;
  database.exec(SCHEMA);
  database.exec('PRAGMA synchronous = FULL'); // durable before it is acknowledged, also with a write-ahead log
  const insert = database.prepare(
    'INSERT INTO ledger (pk, at, ttl, request_id, recipient, sealed_hash, record) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const select = database.prepare('SELECT request_id, recipient, sealed_hash FROM ledger WHERE pk = ?');
  const sweep = database.prepare(
    'DELETE FROM ledger WHERE pk IN (SELECT pk FROM ledger WHERE ttl IS NOT NULL AND ttl < ? LIMIT ?)',
  );
  let swept = now();

  const putOnce: PutOnce = async ({ pk, at, ttl, sealed_hash, record }, signal) => {
    if (signal.aborted) throw unavailable(signal.reason);
    try {
      const { request_id, recipient } = record;
      const json = JSON.stringify(record);
      const written = insert.run(pk, at, ttl ?? null, request_id, recipient, sealed_hash ?? null, json).changes;
      if (now() - swept >= SWEEP_MS) {
        swept = now();
        sweep.run(Math.floor(swept / 1000), SWEEP_ROWS);
      }
      if (Number(written) === 1) return undefined;
      const row = select.get(pk);
      if (row === undefined) throw unavailable(undefined); // removed between the two statements: nothing was written
      return standing(row);
    } catch (error) {
      throw error instanceof WaxsealError ? error : unavailable(error);
    }
  };
  return guardedLedger(putOnce, settings);
}

function standing(row: Record<string, unknown>): Standing {
  const { request_id, recipient, sealed_hash } = row;
  return {
    request_id: String(request_id),
    recipient: String(recipient),
    ...(typeof sealed_hash === 'string' ? { sealed_hash } : {}),
  };
}

function unavailable(cause: unknown): WaxsealError {
  return new WaxsealError('audit_unavailable', undefined, { cause, retryAfter: 1 });
}
