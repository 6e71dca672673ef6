import { en } from 'zod/locales';
import * as z from 'zod/mini';

z.config(en()); // the small zod has no words of its own for what is wrong

const text = z.string().check(z.minLength(1));

const count = (fallback: number, min: number, max: number) =>
  z._default(z.coerce.number().check(z.int(), z.minimum(min), z.maximum(max)), fallback);

const urls = z.pipe(
  z.pipe(
    z._default(z.string(), ''),
    z.transform((list: string) =>
      list
        .split(',')
        .map((url) => url.trim().replace(/\/+$/, ''))
        .filter((url) => url !== ''),
    ),
  ),
  z.array(z.url({ protocol: /^https$/ })),
);

const prefixes = z.pipe(
  z.pipe(
    z.string(),
    z.transform((list: string) => list.split(',').map((prefix) => prefix.trim())),
  ),
  z.array(z.string().check(z.regex(/^[A-Za-z0-9/_+=.@-]{2,512}$/))),
);

const BROKER_ENVIRONMENT = z.object({
  WAXSEAL_CATALOG_TABLE: text,
  WAXSEAL_LEDGER_TABLE: text,
  WAXSEAL_BROKER_KEY_SECRET: text,
  WAXSEAL_SECRET_PREFIXES: prefixes,
  WAXSEAL_PUBLIC_URLS: urls,
  WAXSEAL_BUDGET_MS: count(5000, 100, 60_000),
  WAXSEAL_VALUE_CACHE_SECONDS: count(60, 0, 3600),
  WAXSEAL_STALE_SECONDS: count(0, 0, 300),
  WAXSEAL_REFRESH_SECONDS: count(300, 1, 86_400),
  WAXSEAL_LEDGER_RETENTION_DAYS: count(90, 1, 3650),
  WAXSEAL_LOG_LEVEL: z._default(z.enum(['debug', 'info', 'warn', 'error']), 'info'),
});

/** The broker function's settings. Times are in the unit that the name ends in. */
export interface BrokerConfig {
  readonly catalogTable: string;
  readonly ledgerTable: string;
  /** ARN or name of the secret that holds the broker's xkeys. */
  readonly brokerKeySecret: string;
  /** Name prefixes in Secrets Manager under which secrets are read. */
  readonly secretPrefixes: readonly string[];
  /** Bases that a proof's `htu` may begin with. Without any, no proof is accepted. */
  readonly publicUrls: readonly string[];
  readonly budgetMs: number;
  readonly valueCacheMs: number;
  /** How long a cached value may be served while its store is down; 0: never. */
  readonly staleMs: number;
  readonly refreshAfterMs: number;
  readonly ledgerRetentionDays: number;
  readonly logLevel: string;
}

/**
 * Reads the function's environment.
 * @throws Error that names every fault at once, by variable, without quoting what it holds
 */
export function readBrokerConfig(environment: NodeJS.ProcessEnv): BrokerConfig {
  const result = BROKER_ENVIRONMENT.safeParse(environment);
  if (!result.success) {
    const faults = result.error.issues.map(({ path, message }) => `${String(path[0])}: ${message}`);
    throw new Error(`The configuration is wrong:\n  ${faults.join('\n  ')}`);
  }
  const read = result.data;
  return {
    catalogTable: read.WAXSEAL_CATALOG_TABLE,
    ledgerTable: read.WAXSEAL_LEDGER_TABLE,
    brokerKeySecret: read.WAXSEAL_BROKER_KEY_SECRET,
    secretPrefixes: read.WAXSEAL_SECRET_PREFIXES,
    publicUrls: read.WAXSEAL_PUBLIC_URLS,
    budgetMs: read.WAXSEAL_BUDGET_MS,
    valueCacheMs: read.WAXSEAL_VALUE_CACHE_SECONDS * 1000,
    staleMs: read.WAXSEAL_STALE_SECONDS * 1000,
    refreshAfterMs: read.WAXSEAL_REFRESH_SECONDS * 1000,
    ledgerRetentionDays: read.WAXSEAL_LEDGER_RETENTION_DAYS,
    logLevel: read.WAXSEAL_LOG_LEVEL,
  };
}
