import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { toBase64url } from '../../wire/bytes.ts';
import { toRefusal, WaxsealError } from '../../wire/errors.ts';
import { MAX_VALUE_BYTES, type StoredValue, type Wanted, type WritableStore } from '../store.ts';
import { openAtRest, sealAtRest } from './sealing.ts';

/** `seq` is the order of writing over all refs; AUTOINCREMENT, so that a deleted one does not come back. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS secret_versions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    ref TEXT NOT NULL,
    version_id TEXT NOT NULL UNIQUE,
    is_text INTEGER NOT NULL,
    sealed BLOB NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS secret_versions_ref ON secret_versions (ref, seq);
`;

/**
 * The store for laptops and tests: versions in SQLite, each value sealed at rest under `key` (32 bytes). The newest version of
 * a ref is its current one, the one before it the previous one. A write is on disk when its promise resolves.
 * @throws WaxsealError `store_unavailable` where the database was written under another key
 */
export function embeddedStore(options: { database: DatabaseSync; key: Uint8Array }): WritableStore {
  const { database, key } = options;
  database.exec(SCHEMA);
  database.exec('PRAGMA synchronous = FULL'); // also with a write-ahead log, where NORMAL may lose the last writes
  const sql = {
    newest: database.prepare('SELECT * FROM secret_versions WHERE ref = ? ORDER BY seq DESC LIMIT 1 OFFSET ?'),
    byId: database.prepare('SELECT * FROM secret_versions WHERE ref = ? AND version_id = ?'),
    ids: database.prepare('SELECT version_id FROM secret_versions WHERE ref = ? ORDER BY seq'),
    any: database.prepare('SELECT * FROM secret_versions LIMIT 1'),
    insert: database.prepare('INSERT INTO secret_versions (ref, version_id, is_text, sealed) VALUES (?, ?, ?, ?)'),
    delete: database.prepare('DELETE FROM secret_versions WHERE ref = ?'),
  };

  function open(row: Record<string, unknown> | undefined): StoredValue | undefined {
    if (row === undefined) return undefined;
    const { ref, version_id: versionId, is_text: isText, sealed } = row as unknown as Row;
    return { versionId, value: openAtRest(key, { ref, versionId }, isText === 1, sealed) };
  }

  function read({ ref, version }: Wanted): StoredValue {
    const row = typeof version === 'object' ? sql.byId.get(ref, version.id) : sql.newest.get(ref, OFFSET[version]);
    const stored = open(row);
    if (stored === undefined) throw new WaxsealError('not_found', 'The store has no such secret or version.');
    return stored;
  }

  guarded(undefined, () => open(sql.any.get())); // a key that does not fit shows at the start, not at the first request

  return {
    kind: 'embedded',
    get: async (wanted, signal) => guarded(signal, () => read(wanted)),
    getMany: async (wanted, signal) =>
      wanted.map((one) => {
        try {
          return guarded(signal, () => read(one));
        } catch (error) {
          return toRefusal(error);
        }
      }),
    async put(ref, value, signal) {
      if (value.byteLength > MAX_VALUE_BYTES)
        throw new WaxsealError('too_large', 'The value is larger than 65,536 bytes.');
      return guarded(signal, () => {
        const versionId = toBase64url(randomBytes(24));
        const isText = typeof value.reveal() === 'string' ? 1 : 0;
        sql.insert.run(ref, versionId, isText, sealAtRest(key, { ref, versionId }, value));
        return versionId;
      });
    },
    async delete(ref, signal) {
      const deleted = guarded(signal, () => sql.delete.run(ref).changes);
      if (Number(deleted) === 0) throw new WaxsealError('not_found', 'The store has no such secret.');
    },
    async describe(ref, signal) {
      const ids = guarded(signal, () => sql.ids.all(ref)).map((row) => String(row.version_id));
      const [current, previous] = [ids.at(-1), ids.at(-2)];
      if (current === undefined) throw new WaxsealError('not_found', 'The store has no such secret.');
      return { ids, current, ...(previous === undefined ? {} : { previous }) };
    },
  };
}

interface Row {
  ref: string;
  version_id: string;
  is_text: number;
  sealed: Uint8Array;
}

const OFFSET = { current: 0, previous: 1 } as const;

/** Runs one step on the database; whatever fails in it is the store's being unavailable. */
function guarded<T>(signal: AbortSignal | undefined, step: () => T): T {
  try {
    signal?.throwIfAborted();
    return step();
  } catch (cause) {
    if (cause instanceof WaxsealError) throw cause;
    throw new WaxsealError('store_unavailable', 'The embedded store cannot be used.', { cause, retryAfter: 1 });
  }
}
