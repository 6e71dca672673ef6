import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../../lib/audit/ledger.ts';
import { sqliteLedger } from '../../../lib/audit/sqlite.ts';

const signal = new AbortController().signal;
const record = (request_id: string): AuditRecord => ({
  request_id,
  operation: 'get',
  decision: 'allowed',
  issuer: 'https://issuer.test',
  subject: 's',
  recipient: 'XA',
  sealed: false,
  secrets: [],
});
let time: number;
let database: DatabaseSync;
beforeEach(() => {
  time = Date.UTC(2026, 10, 22);
  database = new DatabaseSync(':memory:');
});
const ids = () =>
  database
    .prepare('SELECT request_id FROM ledger ORDER BY at')
    .all()
    .map((row) => row.request_id);

describe('ledger in SQLite', () => {
  it('removes expired records, with a write at least a minute later', async () => {
    const ledger = sqliteLedger(database, { retentionDays: 1 });
    await ledger.record(record('old'), {}, time, signal);
    time += 86_400_000;
    await ledger.record(record('at the last second'), {}, time, signal);
    expect(ids()).toEqual(['old', 'at the last second']);
    time += 60_000;
    await ledger.record(record('new'), {}, time, signal);
    expect(ids()).toEqual(['at the last second', 'new']);
  });

  it('keeps records that never expire', async () => {
    const ledger = sqliteLedger(database);
    await ledger.record({ ...record('tied'), token_id: 'j' }, { tieToken: true }, time, signal);
    time += 400 * 86_400_000;
    await ledger.record(record('new'), {}, time, signal);
    expect(ids()).toEqual(['tied', 'new']);
  });

  it('I3: is durable before it acknowledges', () => {
    sqliteLedger(database);
    expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
  });

  it('is unavailable when its database is', async () => {
    const ledger = sqliteLedger(database);
    database.close();
    const refusal = { code: 'audit_unavailable', retryAfter: 1 };
    await expect(ledger.record(record('x'), {}, time, signal)).rejects.toMatchObject(refusal);
  });
});
