import { join } from 'node:path';
import { assemble } from '../assemble.ts';
import { sqliteLedger } from '../audit/sqlite.ts';
import { sqliteCatalogReader, sqliteCatalogWriter } from '../catalog/sqlite.ts';
import type { CatalogEntries, Position } from '../entries/catalog-entries.ts';
import type { RequestLog } from '../http/request-log.ts';
import { embeddedKey } from '../stores/embedded/key.ts';
import { embeddedStore } from '../stores/embedded/store.ts';
import { openStore, type StoreParts } from '../stores/openers.ts';
import { secretsManagerOnDemand } from '../stores/secrets-manager/on-demand.ts';
import { compact } from '../wire/compact.ts';
import { DATA_FILES, embeddedBrokerKeys, makeDataFolder } from './data-folder.ts';
import { lockFolder, openDatabase } from './database.ts';
import { DEV_AUDIENCE, DEV_ISSUER, DEV_SUBJECT, devIssuer } from './dev-issuer.ts';
import { listen } from './listen.ts';
import { DEMO_SECRET, loadCatalog, type ServedFiles } from './load-catalog.ts';

/** How an embedded broker is started. */
export interface EmbeddedBrokerOptions extends ServedFiles {
  /** The port on 127.0.0.1; 0 picks a free one. */
  readonly port: number;
  /** Folder for database and keys; made with mode 0700. */
  readonly data: string;
  readonly onRequest: (log: RequestLog) => void;
}

/** An embedded broker that is serving. */
export interface EmbeddedBroker {
  readonly url: string;
  readonly brokerKey: string;
  /** The development issuer, if it is trusted. */
  readonly issuer?: string;
  readonly audience?: string;
  /** The demonstration's token (valid for an hour) and secret; absent if there is a catalog file. */
  readonly token?: string;
  readonly secret?: string;
  /** The place of a rule in the catalog file, by the rule's id; undefined if there is no file or no such rule in it. */
  position(rule: string): Position | undefined;
  /** Reads catalog and values again. If the new ones are wrong, it throws and the old ones stay. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a broker on its embedded stores: the whole product, without AWS.
 * @throws CatalogFileError; CatalogPlanError; WaxsealError `conflict` if another one uses the data folder or something else the
 *   port; other WaxsealErrors with the `setting` (the option's name) and the `path` at fault
 */
export async function startEmbeddedBroker(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
  await makeDataFolder(options.data);
  const unlock = lockFolder(join(options.data, DATA_FILES.lock));
  try {
    const broker = await startIn(options);
    return {
      ...broker,
      async close() {
        await broker.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

async function startIn(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
  const { data, file } = options;
  const issuer = await devIssuer(join(data, DATA_FILES.devIssuer));
  const keys = await embeddedBrokerKeys(join(data, DATA_FILES.brokerKeys));
  const key = embeddedKey({ environment: process.env.WAXSEAL_STORE_KEY, file: join(data, DATA_FILES.storeKey) });
  const database = openDatabase(join(data, DATA_FILES.database));
  const writer = sqliteCatalogWriter(database);
  const embedded = embeddedStore({ database, key });
  const parts: StoreParts = { embedded, 'secrets-manager': { reader: secretsManagerOnDemand() } };

  let positions: CatalogEntries['positions'];
  const load = async () => {
    ({ positions } = await loadCatalog(options, issuer, writer, embedded));
  };
  const publicUrls: string[] = []; // known once it listens
  try {
    await load();
    const { app, refresh } = assemble({
      table: sqliteCatalogReader(database),
      ledger: sqliteLedger(database),
      connect: (entry) => openStore(entry, parts),
      loadKeys: async () => keys,
      publicUrls,
      budgetMs: 5000,
      refreshAfterMs: 60_000,
      onRequest: options.onRequest,
    });
    const { url, close } = await listen(app, options.port);
    publicUrls.push(url);
    const isDemonstration = file === undefined;
    const trustsDevIssuer = isDemonstration || options.devIssuer;
    return {
      ...compact({
        url,
        brokerKey: keys.current.text,
        issuer: trustsDevIssuer ? DEV_ISSUER : undefined,
        audience: trustsDevIssuer ? DEV_AUDIENCE : undefined,
        token: isDemonstration ? await issuer.mint(DEV_SUBJECT) : undefined,
        secret: isDemonstration ? DEMO_SECRET : undefined,
      }),
      position: (rule) => (isDemonstration ? undefined : positions?.get(rule)),
      async reload() {
        await load();
        await refresh(AbortSignal.timeout(5_000)); // what was refused a moment ago is tried again at once
      },
      async close() {
        await close();
        database.close();
      },
    };
  } catch (error) {
    database.close();
    throw error;
  }
}
