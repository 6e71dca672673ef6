import type { Hono } from 'hono';
import type { Ledger } from './audit/ledger.ts';
import { createBroker } from './broker.ts';
import { createCatalog } from './catalog/catalog.ts';
import type { CatalogReader } from './catalog/table.ts';
import type { StoreEntry } from './entries/store.ts';
import { createApp } from './http/app.ts';
import type { RequestLog } from './http/request-log.ts';
import type { BrokerKeySet } from './keys/broker-key-set.ts';
import { createBrokerKeys } from './keys/broker-keys.ts';
import { createStoreDirectory } from './stores/directory.ts';
import type { SecretReader } from './stores/store.ts';
import { createIssuerDirectory } from './token/issuer-directory.ts';
import { createKeySets, type KeySetsOptions } from './token/keys/issuer-keys.ts';
import { createTokenVerifier } from './token/verify.ts';

/** The real parts that a broker stands on. Times are milliseconds. */
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
  /** Milliseconds since the epoch; `Date.now` unless told. */
  readonly now?: () => number;
  /** Fetches discovery documents and key sets; the guarded HTTPS client unless told. */
  readonly fetchJson?: KeySetsOptions['fetchJson'];
}

/** A broker, put together: the app that serves it, and what it must know before its first request. */
export interface Assembled {
  readonly app: Hono;
  /** Loads the broker's keys and the issuer list ahead of the first request. */
  warm(signal: AbortSignal): Promise<void>;
  /** Reads the lists of issuers and stores anew, which else serve for 30 s: for who knows that the catalog has changed. */
  refresh(signal: AbortSignal): Promise<void>;
}

/** Puts a broker together. The function, the local broker and the tests differ only in what they stand it on. */
export function assemble(foundation: Foundation): Assembled {
  const { ledger, publicUrls, refreshAfterMs, budgetMs, onRequest, now = Date.now, fetchJson } = foundation;
  const catalog = createCatalog({ table: foundation.table });
  const directory = createIssuerDirectory({ load: (signal) => catalog.issuers(signal), now });
  const keySets = createKeySets(fetchJson === undefined ? { now } : { now, fetchJson });
  const verifier = createTokenVerifier({ directory, keySets });
  const keys = createBrokerKeys({ load: foundation.loadKeys, now });
  const stores = createStoreDirectory({
    entries: (signal) => catalog.stores(signal),
    connect: foundation.connect,
    now,
  });
  const broker = createBroker({ verifier, directory, catalog, ledger, stores, keys, publicUrls, refreshAfterMs });
  return {
    app: createApp({ broker, keys, budgetMs, now, onRequest }),
    async warm(signal) {
      await Promise.all([keys.present(signal), directory.refresh(signal)]);
    },
    async refresh(signal) {
      await Promise.all([directory.refresh(signal), stores.refresh(signal)]);
    },
  };
}
