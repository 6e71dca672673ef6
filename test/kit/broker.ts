import { createHash, randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Hono } from 'hono';
import { apply, plan } from '../../lib/apply/apply.ts';
import { type Assembled, assemble, type Foundation } from '../../lib/assemble.ts';
import { sqliteLedger } from '../../lib/audit/sqlite.ts';
import { sqliteCatalogReader } from '../../lib/catalog/sqlite.ts';
import type { CatalogReader } from '../../lib/catalog/table.ts';
import { parseCatalogFile } from '../../lib/catalog-file/catalog-file.ts';
import { formatFault } from '../../lib/catalog-file/fault.ts';
import { openDatabase } from '../../lib/embedded/database.ts';
import { syncValues } from '../../lib/embedded/sync-values.ts';
import type { RequestLog } from '../../lib/http/request-log.ts';
import { type BrokerKeySet, firstBrokerKeys } from '../../lib/keys/broker-key-set.ts';
import { type EmbeddedStore, embeddedStore } from '../../lib/stores/embedded/store.ts';
import type { SecretReader } from '../../lib/stores/store.ts';
import { fromBase64url, toBase64url } from '../../lib/wire/bytes.ts';
import { type Operation, typOf } from '../../lib/wire/operations.ts';
import { SecretValue } from '../../lib/wire/secret-value.ts';
import { open, seal } from '../../lib/xkey/box.ts';
import { generateXkey, parsePublicXkey, type XkeyPair } from '../../lib/xkey/keys.ts';
import { noPause } from './catalog-samples.ts';
import type { CatalogTable } from './catalog-table.ts';
import { sqliteTable } from './catalog-table.ts';
import { createTestIssuer, TEST_AUDIENCE, TEST_NOW, type TestIssuer } from './test-issuer.ts';

type Members = Readonly<Record<string, unknown>>;

/** How to make a broker for a test. Entries are written as in catalog.yaml. */
export interface TestBrokerOptions {
  readonly issuer?: TestIssuer;
  /** Members of the issuer's entry besides the usual ones. */
  readonly issuerEntry?: Members;
  /** More issuers, as in catalog.yaml. */
  readonly issuers?: readonly Members[];
  /** Default for members left out: the test issuer, its usual subject, every field and version. */
  readonly mappings?: readonly Members[];
  readonly secrets?: readonly Members[];
  readonly stores?: readonly Members[];
  readonly values?: Readonly<Record<string, string | Uint8Array>>;
  /** Parts to use instead of the embedded ones: wrap what you get, to watch or to break it. */
  readonly wrapTable?: (table: CatalogReader) => CatalogReader;
  readonly wrapStore?: (store: SecretReader) => SecretReader;
  readonly wrapLedger?: (ledger: Foundation['ledger']) => Foundation['ledger'];
  readonly foundation?: Partial<Foundation>;
  /** The database's file. Default: in memory. */
  readonly file?: string;
}

/** What came back, opened if it was a box. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** The JSON of the body, as received. */
  readonly body: Members;
  /** The opened envelope; undefined for a refusal in clear. */
  readonly envelope: Members | undefined;
}

/** A caller's side of a request. */
export interface Asking {
  /** Default: a fresh one. */
  readonly recipient?: XkeyPair;
  /** Default: the issuer's usual token. */
  readonly token?: string;
  /** Members of the sealed content that replace the usual ones. */
  readonly inside?: Members;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A broker in this process on embedded stores in memory, with its issuer and a frozen clock. */
export interface TestBroker {
  readonly app: Hono;
  /** What the app serves. */
  readonly assembled: Assembled;
  readonly issuer: TestIssuer;
  readonly keys: BrokerKeySet;
  readonly database: DatabaseSync;
  readonly table: CatalogTable;
  readonly store: EmbeddedStore;
  readonly logs: RequestLog[];
  /** The clock, in milliseconds. Tests move it. */
  readonly clock: { now: number };
  /** Replaces all mappings. */
  map(mappings: readonly Members[]): Promise<void>;
  /** Replaces the whole catalog, written as in catalog.yaml. */
  applyCatalog(catalog: Members): Promise<void>;
  setValues(values: Readonly<Record<string, string | Uint8Array>>): Promise<void>;
  plain(operation: Operation, question: Members, asking?: Asking): Promise<Reply>;
  sealed(operation: Operation, question: Members, asking?: Asking): Promise<Reply>;
  /** The body of a sealed request. Send it with {@link TestBroker.send}. */
  sealedBody(
    operation: Operation,
    question: Members,
    asking?: Asking,
  ): Promise<{ body: string; recipient: XkeyPair; requestHash: string }>;
  send(path: string, init: RequestInit, recipient?: XkeyPair): Promise<Reply>;
  /** The ledger's rows as strings. */
  ledgerRows(): Members[];
  close(): void;
}

/** Where the app's tests reach the broker. */
export const BROKER_URL = 'https://broker.example.com';

const JSON_HEADERS = { 'content-type': 'application/json' };

/** Starts a broker for one test. */
export async function startBroker(options: TestBrokerOptions = {}): Promise<TestBroker> {
  const issuer = options.issuer ?? (await createTestIssuer());
  const clock = { now: TEST_NOW * 1000 };
  const database = openDatabase(options.file ?? ':memory:');
  const table = sqliteTable(database);
  const reader = sqliteCatalogReader(database);
  const store = embeddedStore({ database, key: randomBytes(32) });
  const ledger = sqliteLedger(database);
  const keys = firstBrokerKeys();
  const logs: RequestLog[] = [];
  const signal = new AbortController().signal;

  const catalogWith = (mappings: readonly Members[]): Members => ({
    issuers: [
      {
        issuer: issuer.issuer,
        audience: TEST_AUDIENCE,
        algorithms: [issuer.algorithm],
        jwks: issuer.jwks,
        ...options.issuerEntry,
      },
      ...(options.issuers ?? []),
    ],
    stores: options.stores ?? [{ name: 'local', kind: 'embedded', default: true }],
    secrets: options.secrets ?? [],
    mappings: mappings.map((mapping) => ({ issuer: issuer.issuer, subject: 'repo:acme/api', ...mapping })),
  });

  async function applyCatalog(catalog: Members): Promise<void> {
    const read = parseCatalogFile(JSON.stringify(catalog));
    if ('faults' in read) throw new Error(read.faults.map((fault) => formatFault(fault, 'test')).join('\n'));
    await apply(await plan(read.catalog, table, signal), table, signal, noPause);
  }

  async function setValues(values: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
    const all = new Map(Object.entries(values).map(([name, value]) => [name, new SecretValue(value)]));
    await syncValues(all, { ...store, storeName: 'local', table }, signal);
  }

  await applyCatalog(catalogWith(options.mappings ?? []));
  await setValues(options.values ?? {});
  const assembled = assemble({
    table: options.wrapTable?.(reader) ?? reader,
    ledger: options.wrapLedger?.(ledger) ?? ledger,
    connect: () => options.wrapStore?.(store.reader) ?? store.reader,
    loadKeys: async () => keys,
    publicUrls: [BROKER_URL],
    budgetMs: 5000,
    refreshAfterMs: 60_000,
    onRequest: (log) => logs.push(log),
    now: () => clock.now,
    ...options.foundation,
  });

  const { app } = assembled;

  async function send(path: string, init: RequestInit, recipient?: XkeyPair): Promise<Reply> {
    const response = await app.request(`${BROKER_URL}${path}`, init);
    const text = await response.text();
    const body = JSON.parse(text) as Members;
    const boxed = recipient !== undefined && typeof body.sealed === 'string';
    return {
      status: response.status,
      headers: response.headers,
      body,
      envelope: boxed ? openAnswer(body, recipient) : undefined,
    };
  }

  async function sealedBody(operation: Operation, question: Members, asking: Asking = {}) {
    const recipient = asking.recipient ?? generateXkey();
    const content = {
      typ: `${typOf(operation)}.request`,
      token: asking.token ?? (await issuer.token()),
      nonce: toBase64url(randomBytes(16)),
      iat: Math.floor(clock.now / 1000),
      ...question,
      ...asking.inside,
    };
    const opened = Buffer.from(JSON.stringify(content));
    const sealed = toBase64url(seal(opened, keys.current, recipient));
    const body = JSON.stringify({ recipient: recipient.text, broker_key: keys.current.text, sealed });
    return { body, recipient, requestHash: createHash('sha256').update(opened).digest('base64url') };
  }

  return {
    app,
    assembled,
    issuer,
    keys,
    database,
    table,
    store,
    logs,
    clock,
    map: (mappings) => applyCatalog(catalogWith(mappings)),
    applyCatalog,
    setValues,
    async plain(operation, question, asking = {}) {
      const recipient = asking.recipient ?? generateXkey();
      const headers = {
        ...JSON_HEADERS,
        authorization: `Bearer ${asking.token ?? (await issuer.token())}`,
        ...asking.headers,
      };
      const body = JSON.stringify({ recipient: recipient.text, ...question });
      return send(`/v1/${operation}`, { method: 'POST', headers, body }, recipient);
    },
    async sealed(operation, question, asking = {}) {
      const { body, recipient } = await sealedBody(operation, question, asking);
      return send(
        `/v1/${operation}`,
        { method: 'POST', headers: { ...JSON_HEADERS, ...asking.headers }, body },
        recipient,
      );
    },
    sealedBody,
    send,
    ledgerRows: () => database.prepare('SELECT * FROM ledger').all() as Members[],
    close: () => database.close(),
  };
}

/** Opens an answer with the recipient's private key. */
export function openAnswer(body: Members, recipient: XkeyPair): Members {
  const opened = open(fromBase64url(String(body.sealed))!, parsePublicXkey(String(body.sender)), recipient);
  return JSON.parse(Buffer.from(opened).toString()) as Members;
}
