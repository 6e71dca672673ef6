import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../lib/embedded/database.ts';
import { embeddedStore } from '../../lib/stores/embedded/store.ts';
import { cachedReader } from '../../lib/stores/value-cache.ts';
import { secretStoreContract } from './secret-store.ts';

async function open() {
  const directory = mkdtempSync(join(tmpdir(), 'waxseal-store-'));
  const database = openDatabase(join(directory, 'waxseal.db'));
  const close = async () => {
    database.close();
    rmSync(directory, { recursive: true });
  };
  return { ...embeddedStore({ database, key: randomBytes(32) }), prefix: 'contract', close };
}

secretStoreContract('embedded', open);

secretStoreContract('embedded, behind a cache that keeps nothing', async () => {
  const { reader, ...rest } = await open();
  return { ...rest, reader: cachedReader(reader, 'embedded', { ttlMs: 0 }) };
});
