import type { Hono } from 'hono';
import type { Ledger } from './audit/ledger.ts';
import { type Broker, createBroker } from './broker.ts';
import { createCatalog } from './catalog/catalog.ts';
import type { CatalogReader } from './catalog/table.ts';
import type { StoreEntry } from './entries/store.ts';
import { createApp } from './http/app.ts';
import type { RequestLog } from './http/request-log.ts';
import type { BrokerKeySet } from './keys/broker-key-set.ts';
import { type BrokerKeys, createBrokerKeys } from './keys/broker-keys.ts';
import { createStoreDirectory } from './stores/directory.ts';
import type { SecretReader } from './stores/store.ts';
import { createIssuerDirectory } from './token/issuer-directory.ts';
import { createIssuerKeys, type IssuerKeysOptions } from './token/keys/issuer-keys.ts';
import { createTokenVerifier } from './token/verify.ts';
import { compact } from './wire/compact.ts';

/** The real parts that a broker is built on. Times are milliseconds. */
export interface Foundation {
  readonly table: CatalogReader;
  readonly ledger: Ledger;
  /** Makes the store of a catalog entry; called once for each. */
  readonly connect: (entry: StoreEntry) => SecretReader;
  readonly loadKeys: (signal: AbortSignal) => Promise<BrokerKeySet>;
  readonly publicUrls: readonly string[];
  readonly budgetMs: number;
  readonly refreshAfterMs: number;
  readonly onRequest: (log: RequestLog) => void;
  /** Milliseconds since the epoch (default: `Date.now`). */
  readonly now?: () => number;
  /** Fetches discovery documents and key sets (default: the guarded HTTPS client). */
  readonly fetchJson?: IssuerKeysOptions['fetchJson'];
}

/** A broker, put together. */
export interface Assembled {
  readonly broker: Broker;
  readonly keys: BrokerKeys;
  /** Serves the broker over HTTP. */
  readonly app: Hono;
  /** Loads the broker's keys and the issuer list ahead of the first request. */
  warm(signal: AbortSignal): Promise<void>;
  /** Reads the lists of issuers and stores again, which otherwise serve for 30 s: for callers that know of a change. */
  refresh(signal: AbortSignal): Promise<void>;
}

/** Puts a broker together. The function, the embedded broker and the tests differ only in what they build it on. */
export function assemble(foundation: Foundation): Assembled {
  const { ledger, publicUrls, refreshAfterMs, budgetMs, onRequest, now = Date.now, fetchJson } = foundation;
  const catalog = createCatalog({ table: foundation.table });
  const directory = createIssuerDirectory({ load: (signal) => catalog.issuers(signal), now });
  const issuerKeys = createIssuerKeys(compact({ now, fetchJson }));
  const verifier = createTokenVerifier({ directory, issuerKeys });
  const keys = createBrokerKeys({ load: foundation.loadKeys, now });
  const stores = createStoreDirectory({
    entries: (signal) => catalog.stores(signal),
    connect: foundation.connect,
    now,
  });
  const broker = createBroker({ verifier, directory, catalog, ledger, stores, keys, publicUrls, refreshAfterMs });
  return {
    broker,
    keys,
    app: createApp({ broker, keys, budgetMs, now, onRequest }),
    async warm(signal) {
      await Promise.all([keys.present(signal), directory.refresh(signal)]);
    },
    async refresh(signal) {
      await Promise.all([directory.refresh(signal), stores.refresh(signal)]);
    },
  };
}
