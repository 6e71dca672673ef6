import * as z from 'zod';

const count = (fallback: number, min: number, max: number) =>
  z.coerce.number().int().min(min).max(max).default(fallback);

const urls = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((url) => url.trim().replace(/\/+$/, ''))
      .filter((url) => url !== ''),
  )
  .pipe(z.array(z.url({ protocol: /^https$/ })));

const prefixes = z
  .string()
  .transform((text) => text.split(',').map((prefix) => prefix.trim()))
  .pipe(z.array(z.string().regex(/^[A-Za-z0-9/_+=.@-]{2,512}$/)));

const BROKER_ENVIRONMENT = z.object({
  WAXSEAL_CATALOG_TABLE: z.string().min(1),
  WAXSEAL_LEDGER_TABLE: z.string().min(1),
  WAXSEAL_BROKER_KEY_SECRET: z.string().min(1),
  WAXSEAL_SECRET_PREFIXES: prefixes,
  WAXSEAL_PUBLIC_URLS: urls,
  WAXSEAL_BUDGET_MS: count(5000, 100, 60_000),
  WAXSEAL_VALUE_CACHE_SECONDS: count(60, 0, 3600),
  WAXSEAL_STALE_SECONDS: count(0, 0, 300),
  WAXSEAL_REFRESH_SECONDS: count(300, 1, 86_400),
  WAXSEAL_LEDGER_RETENTION_DAYS: count(90, 1, 3650),
  WAXSEAL_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
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
