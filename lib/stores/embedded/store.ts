import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { toBase64url } from '../../wire/bytes.ts';
import { compact } from '../../wire/compact.ts';
import { toRefusal, WaxsealError } from '../../wire/errors.ts';
import { type Lookup, MAX_VALUE_BYTES, type SecretReader, type SecretWriter, type StoredValue } from '../store.ts';
import { openAtRest, sealAtRest } from './sealing.ts';

/** `seq` is the order of writing over all refs; AUTOINCREMENT, so that a deleted number is never used again. */
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

/** Where the embedded store keeps its values, and the 32-byte key that seals them. */
export interface EmbeddedStoreOptions {
  readonly database: DatabaseSync;
  readonly key: Uint8Array;
}

/** The two sides of one embedded store, each for those who need it. */
export interface EmbeddedStore {
  readonly reader: SecretReader;
  readonly writer: SecretWriter;
}

/**
 * The store for laptops and tests: versions in SQLite, each value sealed at rest. The newest version of a ref is its current
 * one, the one before it the previous one. A write is on disk when its promise resolves.
 * @throws WaxsealError `store_unavailable` if the database was written under another key
 */
export function embeddedStore({ database, key }: EmbeddedStoreOptions): EmbeddedStore {
  database.exec(SCHEMA);
  database.exec('PRAGMA synchronous = FULL'); // also with a write-ahead log, where NORMAL may lose the last writes
  return { reader: embeddedReader(database, key), writer: embeddedWriter(database, key) };
}

function embeddedReader(database: DatabaseSync, key: Uint8Array): SecretReader {
  const sql = {
    newest: database.prepare('SELECT * FROM secret_versions WHERE ref = ? ORDER BY seq DESC LIMIT 1 OFFSET ?'),
    byId: database.prepare('SELECT * FROM secret_versions WHERE ref = ? AND version_id = ?'),
    any: database.prepare('SELECT * FROM secret_versions LIMIT 1'),
  };

  function open(row: Record<string, unknown> | undefined): StoredValue | undefined {
    if (row === undefined) return undefined;
    const { ref, version_id: versionId, is_text: isText, sealed } = row as unknown as Row;
    return { versionId, value: openAtRest(key, { ref, versionId }, isText === 1, sealed) };
  }

  function read({ ref, version }: Lookup): StoredValue {
    const row = typeof version === 'object' ? sql.byId.get(ref, version.id) : sql.newest.get(ref, OFFSET[version]);
    const stored = open(row);
    if (stored === undefined) throw new WaxsealError('not_found', 'The store has no such secret or version.');
    return stored;
  }

  guarded(undefined, () => open(sql.any.get())); // a wrong key shows at the start, not at the first request

  return {
    get: async (lookup, signal) => guarded(signal, () => read(lookup)),
    getMany: async (lookups, signal) =>
      lookups.map((one) => {
        try {
          return guarded(signal, () => read(one));
        } catch (error) {
          return toRefusal(error);
        }
      }),
  };
}

function embeddedWriter(database: DatabaseSync, key: Uint8Array): SecretWriter {
  const sql = {
    ids: database.prepare('SELECT version_id FROM secret_versions WHERE ref = ? ORDER BY seq'),
    insert: database.prepare('INSERT INTO secret_versions (ref, version_id, is_text, sealed) VALUES (?, ?, ?, ?)'),
    delete: database.prepare('DELETE FROM secret_versions WHERE ref = ?'),
  };
  return {
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
      return compact({ ids, current, previous });
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

/** Runs one step on the database. Whatever fails in it means that the store is unavailable. */
function guarded<T>(signal: AbortSignal | undefined, step: () => T): T {
  try {
    signal?.throwIfAborted();
    return step();
  } catch (cause) {
    if (cause instanceof WaxsealError) throw cause;
    throw new WaxsealError('store_unavailable', 'The embedded store cannot be used.', { cause, retryAfter: 1 });
  }
}
