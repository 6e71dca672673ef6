import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { apply, plan } from '../apply/apply.ts';
import type { CatalogWriter } from '../catalog/table.ts';
import { parseCatalogFile } from '../catalog-file/catalog-file.ts';
import type { Fault } from '../catalog-file/fault.ts';
import type { CatalogEntries } from '../entries/catalog-entries.ts';
import { STORE_KINDS } from '../entries/store.ts';
import type { EmbeddedStore } from '../stores/embedded/store.ts';
import { WaxsealError } from '../wire/errors.ts';
import { SecretValue } from '../wire/secret-value.ts';
import { DEV_ISSUER, DEV_SUBJECT, type DevIssuer, devIssuerEntry } from './dev-issuer.ts';
import { syncValues } from './sync-values.ts';
import { readValuesFile } from './values-file.ts';

/** The catalog file does not load: `faults` has each fault, with line and column. */
export class CatalogFileError extends WaxsealError {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[], path: string | undefined) {
    super('invalid_request', 'The catalog file has faults.', { setting: 'file', path });
    this.faults = faults;
  }
}

/** The catalog file has no faults of its own, but does not fit what the data folder holds: `faults` says why, in words. */
export class CatalogPlanError extends WaxsealError {
  readonly faults: readonly string[];

  constructor(faults: readonly string[], path: string | undefined) {
    super('conflict', 'The catalog file conflicts with what is in the data folder.', { setting: 'file', path });
    this.faults = faults;
  }
}

/** What an embedded broker serves: the paths of its files. Without `file` it serves the demonstration. */
export interface ServedFiles {
  /** catalog.yaml */
  readonly file?: string;
  /** values.json */
  readonly secrets?: string;
  /** Trust the development issuer, in addition to those of `file`. */
  readonly devIssuer?: boolean;
}

/** The demonstration's secret. */
export const DEMO_SECRET = 'demo/greeting';

/**
 * Makes table and store hold what the files say.
 * @returns the catalog that the broker then serves
 * @throws CatalogFileError; CatalogPlanError; WaxsealError with the path of the file at fault
 */
export async function loadCatalog(
  { file, secrets, devIssuer }: ServedFiles,
  issuer: DevIssuer,
  table: CatalogWriter,
  store: EmbeddedStore,
): Promise<CatalogEntries> {
  const signal = AbortSignal.timeout(30_000);
  const text = file === undefined ? demoCatalog(issuer) : await readCatalog(file);
  const read = parseCatalogFile(text, file !== undefined && devIssuer ? [devIssuerEntry(issuer)] : []);
  if ('faults' in read) throw new CatalogFileError(read.faults, file);
  const defaults = file === undefined ? demoValues() : new Map();
  const values = secrets === undefined ? defaults : await readValuesFile(secrets);
  const storeName = read.catalog.stores.find(({ kind }) => STORE_KINDS[kind].holdsValuesFile)?.name ?? 'local';
  const catalog = withEmbeddedStore(read.catalog, storeName);
  const changes = await plan(catalog, table, signal);
  if (changes.faults.length > 0) throw new CatalogPlanError(changes.faults, file);
  await apply(changes, table, signal, async () => {}); // no other broker reads the table, and this one then reloads its lists
  await syncValues(values, { ...store, storeName, table }, signal);
  return catalog;
}

async function readCatalog(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause) => {
    const options = { setting: 'file', path, cause };
    throw new WaxsealError('invalid_request', 'The catalog file cannot be read.', options);
  });
}

/** Values need a store even if the file names no embedded one. */
function withEmbeddedStore(catalog: CatalogEntries, name: string): CatalogEntries {
  if (catalog.stores.some((store) => store.name === name)) return catalog;
  const isDefault = !catalog.stores.some((store) => store.default);
  return { ...catalog, stores: [...catalog.stores, { name, kind: 'embedded', default: isDefault }] };
}

function demoCatalog(issuer: DevIssuer): string {
  return `issuers:
  - ${JSON.stringify(devIssuerEntry(issuer))}
stores:
  - { name: local, kind: embedded, default: true }
mappings:
  - secret: demo/*
    issuer: ${DEV_ISSUER}
    subject: ${DEV_SUBJECT}
`;
}

/** Made up at each start, so that they are never anybody's secret. */
function demoValues(): Map<string, SecretValue> {
  const greeting = { message: 'hello from waxseal', api_key: randomBytes(12).toString('hex') };
  return new Map([[DEMO_SECRET, new SecretValue(JSON.stringify(greeting))]]);
}
