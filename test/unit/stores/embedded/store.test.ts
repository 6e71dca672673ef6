import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { embeddedStore } from '../../../../lib/stores/embedded/store.ts';
import { SecretValue } from '../../../../lib/wire/secret-value.ts';

const key = randomBytes(32);
const signal = new AbortController().signal;
const current = (ref: string) => ({ ref, version: 'current' as const });
const UNUSABLE = { code: 'store_unavailable', message: 'The embedded store cannot be used.', retryAfter: 1 };

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'waxseal-embedded-'));
  file = join(directory, 'store.db');
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('embedded store', () => {
  it('has a write on disk when it is acknowledged', async () => {
    const writer = new DatabaseSync(file);
    const id = await embeddedStore({ database: writer, key }).writer.put('a', new SecretValue('kept'), signal);
    expect(writer.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
    const other = new DatabaseSync(file); // as another process would, while the first is still running
    const read = await embeddedStore({ database: other, key }).reader.get(current('a'), signal);
    expect([read.versionId, read.value.reveal()]).toEqual([id, 'kept']);
    other.close();
    writer.close();
  });

  it('holds only sealed values', async () => {
    const database = new DatabaseSync(file);
    const store = embeddedStore({ database, key });
    await store.writer.put('a', new SecretValue('canary-in-the-file'), signal);
    await store.writer.put('a', new SecretValue(new TextEncoder().encode('canary-in-the-file')), signal);
    database.close();
    const bytes = readFileSync(file);
    expect(bytes.includes('canary')).toBe(false);
    expect(bytes.includes(key)).toBe(false);
  });

  it('seals the same value differently each time', async () => {
    const database = new DatabaseSync(':memory:');
    const store = embeddedStore({ database, key });
    for (let i = 0; i < 20; i++) await store.writer.put('a', new SecretValue('same'), signal);
    const sealed = database.prepare('SELECT hex(sealed) AS text FROM secret_versions').all();
    expect(new Set(sealed.map(({ text }) => text)).size).toBe(20);
  });

  it('refuses another key at the start', async () => {
    const database = new DatabaseSync(':memory:');
    await embeddedStore({ database, key }).writer.put('a', new SecretValue('x'), signal);
    expect(() => embeddedStore({ database, key: randomBytes(32) })).toThrow(expect.objectContaining(UNUSABLE));
  });

  it.each([
    ['under another ref', "UPDATE secret_versions SET ref = 'b' WHERE seq = 1", { ref: 'b', version: 'current' }],
    ['as another kind', 'UPDATE secret_versions SET is_text = 0', { ref: 'a', version: 'current' }],
    [
      'as another version',
      'UPDATE secret_versions SET sealed = (SELECT sealed FROM secret_versions WHERE seq = 1)',
      { ref: 'a', version: 'current' },
    ],
    ['cut short', "UPDATE secret_versions SET sealed = x'00'", { ref: 'a', version: 'previous' }],
    [
      'with a byte more',
      "UPDATE secret_versions SET sealed = CAST(sealed || x'00' AS BLOB)",
      { ref: 'a', version: 'previous' },
    ],
  ] as const)('does not open a value %s', async (_, tamper, wanted) => {
    const database = new DatabaseSync(':memory:');
    const store = embeddedStore({ database, key });
    await store.writer.put('a', new SecretValue('one'), signal);
    await store.writer.put('a', new SecretValue('two'), signal);
    database.exec(tamper);
    await expect(store.reader.get(wanted, signal)).rejects.toMatchObject(UNUSABLE);
    expect(await store.reader.getMany([wanted], signal)).toMatchObject([UNUSABLE]);
  });

  it('is unavailable when its database is', async () => {
    const database = new DatabaseSync(':memory:');
    const store = embeddedStore({ database, key });
    database.close();
    await expect(store.reader.get(current('a'), signal)).rejects.toMatchObject(UNUSABLE);
    await expect(store.writer.put('a', new SecretValue('x'), signal)).rejects.toMatchObject(UNUSABLE);
    await expect(store.writer.delete('a', signal)).rejects.toMatchObject(UNUSABLE);
    await expect(store.writer.describe('a', signal)).rejects.toMatchObject(UNUSABLE);
  });
});
