import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sqliteCatalogReader, sqliteCatalogWriter } from '../../lib/catalog/sqlite.ts';
import { openDatabase } from '../../lib/embedded/database.ts';
import { sqliteTable } from '../kit/catalog-table.ts';
import { describeCatalogTable } from './catalog-table.ts';

const signal = new AbortController().signal;
const unavailable = {
  code: 'store_unavailable',
  message: 'The broker cannot reach something it depends on. Try again later.',
  retryAfter: 1,
};

const bothOf = (database: DatabaseSync) => ({
  reader: sqliteCatalogReader(database),
  writer: sqliteCatalogWriter(database),
});

describeCatalogTable('SQLite in memory', async () => {
  const database = openDatabase(':memory:');
  return { ...bothOf(database), close: async () => database.close() };
});

describeCatalogTable('SQLite in a file', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'waxseal-catalog-'));
  const database = openDatabase(join(directory, 'test.db'));
  return {
    ...bothOf(database),
    close: async () => {
      database.close();
      rmSync(directory, { recursive: true });
    },
  };
});

describe('the embedded database', () => {
  let directory: string;
  let file: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'waxseal-database-'));
    file = join(directory, 'test.db');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  test('I3: is durable by its settings, and readable only by its owner', async () => {
    const database = openDatabase(file);
    await sqliteTable(database).write([{ pk: 'a', sk: 'b', put: '1' }], signal);
    const pragma = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get()!)[0];
    expect([pragma('journal_mode'), pragma('synchronous'), pragma('user_version')]).toEqual(['wal', 2, 1]);
    for (const part of [file, `${file}-wal`, `${file}-shm`]) expect(statSync(part).mode & 0o777).toBe(0o600);
    database.close();
  });

  test('shows what another process wrote to the same file', async () => {
    const one = openDatabase(file);
    const other = openDatabase(file);
    const [mine, theirs] = [sqliteTable(one), sqliteTable(other)];
    await theirs.write([{ pk: 'a', sk: 'b', put: '1' }], signal);
    expect(await mine.get([{ pk: 'a', sk: 'b' }], signal)).toEqual([{ pk: 'a', sk: 'b', data: '1' }]);
    one.close();
    other.close();
  });

  test('refuses while another process holds the file, and works again afterwards', async () => {
    const database = openDatabase(file);
    const table = sqliteTable(database);
    database.exec('PRAGMA busy_timeout = 1');
    const other = openDatabase(file);
    other.exec('BEGIN IMMEDIATE');
    await expect(table.write([{ pk: 'a', sk: 'b', put: '1' }], signal)).rejects.toMatchObject(unavailable);
    other.exec('COMMIT');
    await table.write([{ pk: 'a', sk: 'b', put: '2' }], signal);
    expect(await table.get([{ pk: 'a', sk: 'b' }], signal)).toEqual([{ pk: 'a', sk: 'b', data: '2' }]);
    other.close();
    database.close();
  });

  test('refuses every call once it is closed', async () => {
    const database = openDatabase(file);
    const table = sqliteTable(database);
    database.close();
    await expect(table.get([{ pk: 'a', sk: 'b' }], signal)).rejects.toMatchObject(unavailable);
    await expect(table.write([{ pk: 'a', sk: 'b', put: '1' }], signal)).rejects.toMatchObject(unavailable);
  });

  test('refuses a file of a newer version', () => {
    const newer = new DatabaseSync(file);
    newer.exec('PRAGMA user_version = 2');
    newer.close();
    expect(() => openDatabase(file)).toThrow(
      expect.objectContaining({
        code: 'store_unavailable',
        message: 'A newer version of waxseal wrote the embedded database.',
      }),
    );
  });

  test('refuses a file that it cannot open', () => {
    expect(() => openDatabase(join(directory, 'missing', 'test.db'))).toThrow(
      expect.objectContaining({ code: 'store_unavailable', message: 'The embedded database cannot be opened.' }),
    );
  });
});
