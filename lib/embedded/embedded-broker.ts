import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { apply, plan } from '../apply/apply.ts';
import { assemble } from '../assemble.ts';
import { sqliteLedger } from '../audit/sqlite.ts';
import { sqliteCatalogReader, sqliteCatalogWriter } from '../catalog/sqlite.ts';
import type { CatalogWriter } from '../catalog/table.ts';
import { parseCatalogFile } from '../catalog-file/catalog-file.ts';
import type { Fault } from '../catalog-file/fault.ts';
import type { CatalogEntries, Position } from '../entries/catalog-entries.ts';
import { STORE_KINDS } from '../entries/store.ts';
import type { RequestLog } from '../http/request-log.ts';
import { embeddedKey } from '../stores/embedded/key.ts';
import { type EmbeddedStore, embeddedStore } from '../stores/embedded/store.ts';
import { openStore, type StoreParts } from '../stores/kinds.ts';
import { secretsManagerOnDemand } from '../stores/secrets-manager/on-demand.ts';
import { WaxsealError } from '../wire/errors.ts';
import { embeddedBrokerKeys } from './broker-keys.ts';
import { DATA_FILES } from './data-folder.ts';
import { openDatabase } from './database.ts';
import { DEMO_SECRET, demoCatalog, demoValues, devIssuerEntry } from './demonstration.ts';
import { DEV_AUDIENCE, DEV_ISSUER, DEV_SUBJECT, type DevIssuer, devIssuer } from './dev-issuer.ts';
import { lockFolder } from './folder-lock.ts';
import { listen } from './listen.ts';
import { syncValues } from './sync-values.ts';
import { readValuesFile } from './values-file.ts';

/** How the local broker is started. */
export interface EmbeddedBrokerOptions {
  /** 0: a free one. */
  readonly port: number;
  /** Folder for database and keys; made with mode 0700. */
  readonly data: string;
  /** catalog.yaml; without it the demonstration. */
  readonly file?: string;
  /** values.json */
  readonly secrets?: string;
  /** Trust the development issuer beside those of the file. */
  readonly devIssuer?: boolean;
  readonly onRequest: (log: RequestLog) => void;
}

/** A local broker that serves. */
export interface EmbeddedBroker {
  readonly url: string;
  readonly brokerKey: string;
  /** The development issuer, where it is trusted. */
  readonly issuer?: string;
  readonly audience?: string;
  /** The demonstration's token (good for an hour) and secret; absent with a file. */
  readonly token?: string;
  readonly secret?: string;
  /** Where a rule stands in the catalog's file, by its id; undefined where there is no file, or no such rule in it. */
  position(rule: string): Position | undefined;
  /** Reads catalog and values anew. The old ones stay where the new ones are wrong. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

/** The catalog file does not load: `faults` has each of them, with line and column. */
export class CatalogFileError extends WaxsealError {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super('invalid_request', 'The catalog file has faults.');
    this.faults = faults;
  }
}

/** The catalog file is right by itself, and yet does not fit what the data folder holds: `faults` says why, in plain words. */
export class CatalogPlanError extends WaxsealError {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super('conflict', 'The catalog file does not fit what the data folder holds.');
    this.faults = faults;
  }
}

/**
 * Starts a broker on its embedded stores: the whole product, without AWS.
 * @throws CatalogFileError; CatalogPlanError; WaxsealError `conflict` where another one uses the data folder
 */
export async function startEmbeddedBroker(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
  await makeFolder(options.data);
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

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 }).catch((cause) => {
    throw new WaxsealError('invalid_request', 'The data folder cannot be made. Check --data.', { cause });
  });
}

async function startIn(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
  const issuer = await devIssuer(join(options.data, DATA_FILES.devIssuer));
  const keys = await embeddedBrokerKeys(join(options.data, DATA_FILES.brokerKeys));
  const key = embeddedKey({
    environment: process.env.WAXSEAL_STORE_KEY,
    file: join(options.data, DATA_FILES.storeKey),
  });
  const database = openDatabase(join(options.data, DATA_FILES.database));
  const writer = sqliteCatalogWriter(database);
  const embedded = embeddedStore({ database, key });
  const parts: StoreParts = { embedded, 'secrets-manager': { reader: secretsManagerOnDemand() } };

  let positions: CatalogEntries['positions'];
  const load = async () => {
    ({ positions } = await loadFiles(options, issuer, writer, embedded));
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
    const demonstration = options.file === undefined;
    return {
      url,
      brokerKey: keys.current.text,
      ...(demonstration || options.devIssuer ? { issuer: DEV_ISSUER, audience: DEV_AUDIENCE } : {}),
      ...(demonstration ? { token: await issuer.mint(DEV_SUBJECT), secret: DEMO_SECRET } : {}),
      position: (rule) => (demonstration ? undefined : positions?.get(rule)),
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

async function loadFiles(
  { file, secrets, devIssuer: withDevIssuer }: EmbeddedBrokerOptions,
  issuer: DevIssuer,
  table: CatalogWriter,
  store: EmbeddedStore,
): Promise<CatalogEntries> {
  const signal = AbortSignal.timeout(30_000);
  const text = file === undefined ? demoCatalog(issuer) : await readCatalog(file);
  const read = parseCatalogFile(text, file !== undefined && withDevIssuer ? [devIssuerEntry(issuer)] : []);
  if ('faults' in read) throw new CatalogFileError(read.faults);
  const values =
    secrets === undefined ? (file === undefined ? demoValues() : new Map()) : await readValuesFile(secrets);
  const storeName = embeddedStoreName(read.catalog);
  const catalog = withEmbeddedStore(read.catalog, storeName);
  const changes = await plan(catalog, table, signal);
  if (changes.faults.length > 0) throw new CatalogPlanError(changes.faults);
  await apply(changes, table, signal, async () => {}); // no other broker reads it, and this one then reads its lists anew
  await syncValues(values, { ...store, storeName, table }, signal);
  return catalog;
}

async function readCatalog(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => {
    throw new WaxsealError('invalid_request', 'The catalog file cannot be read. Check its path and permissions.');
  });
}

function embeddedStoreName({ stores }: CatalogEntries): string {
  return stores.find(({ kind }) => STORE_KINDS[kind].holdsValuesFile)?.name ?? 'local';
}

/** Values have a place even where the file names no embedded store. */
function withEmbeddedStore(catalog: CatalogEntries, name: string): CatalogEntries {
  if (catalog.stores.some((store) => store.name === name)) return catalog;
  const isDefault = !catalog.stores.some((store) => store.default);
  return { ...catalog, stores: [...catalog.stores, { name, kind: 'embedded', default: isDefault }] };
}
