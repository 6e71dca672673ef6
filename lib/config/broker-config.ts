import * as v from 'valibot';

const text = v.pipe(v.string(), v.minLength(1, 'expected a value, but it is empty'));

/** A whole number in decimal digits. */
const count = (fallback: number, least: number, most: number) =>
  v.optional(
    v.pipe(
      v.string(),
      v.check(
        (digits) => /^\d{1,6}$/.test(digits) && Number(digits) >= least && Number(digits) <= most,
        `expected a whole number from ${least} to ${most}`,
      ),
      v.transform(Number),
    ),
    String(fallback),
  );

/** Strings separated by commas, each of which must pass. */
const list = (expected: string, fits: (member: string) => boolean) =>
  v.pipe(
    v.string(),
    v.transform((joined) => joined.split(',').map((member) => member.trim())),
    v.transform((members) => members.filter((member) => member !== '')),
    v.check((members) => members.every(fits), `expected ${expected}, separated by commas`),
  );

const BROKER_ENVIRONMENT = v.object(
  {
    WAXSEAL_CATALOG_TABLE: text,
    WAXSEAL_LEDGER_TABLE: text,
    WAXSEAL_BROKER_KEY_SECRET: text,
    WAXSEAL_SECRET_PREFIXES: v.pipe(
      list('prefixes of 2 to 512 letters, digits and / _ + = . @ - !', (prefix) => /^[\w/+=.@!-]{2,512}$/.test(prefix)),
      v.minLength(1, 'expected at least one prefix'),
    ),
    WAXSEAL_PUBLIC_URLS: v.optional(
      v.pipe(
        list('https URLs', (url) => url.startsWith('https://') && URL.canParse(url)),
        v.transform((urls) => urls.map((url) => url.replace(/\/+$/, ''))),
      ),
      '',
    ),
    WAXSEAL_BUDGET_MS: count(5000, 100, 60_000),
    WAXSEAL_VALUE_CACHE_SECONDS: count(60, 0, 3600),
    WAXSEAL_STALE_SECONDS: count(0, 0, 300),
    WAXSEAL_REFRESH_SECONDS: count(300, 1, 86_400),
    WAXSEAL_LEDGER_RETENTION_DAYS: count(90, 1, 3650),
    WAXSEAL_LOG_LEVEL: v.optional(v.picklist(['info', 'warn'], 'expected info or warn'), 'info'),
  },
  'expected a value, but it is not set',
);

/** The broker function's settings. Times are in the unit that the name ends in. */
export interface BrokerConfig {
  readonly catalogTable: string;
  readonly ledgerTable: string;
  /** ARN or name of the secret that holds the broker's xkeys. */
  readonly brokerKeySecret: string;
  /** Name prefixes in Secrets Manager under which secrets are read. */
  readonly secretPrefixes: readonly string[];
  /** Base URLs that a proof's `htu` may start with. Without any, no proof is accepted. */
  readonly publicUrls: readonly string[];
  readonly budgetMs: number;
  readonly valueCacheMs: number;
  /** How long a cached value may be served while its store is down. 0: never. */
  readonly staleMs: number;
  readonly refreshAfterMs: number;
  readonly ledgerRetentionDays: number;
  readonly logLevel: string;
}

/**
 * Reads the function's environment.
 * @throws Error that lists every fault at once, by variable, without quoting values
 */
export function readBrokerConfig(environment: NodeJS.ProcessEnv): BrokerConfig {
  const result = v.safeParse(BROKER_ENVIRONMENT, environment);
  if (!result.success) {
    const faults = result.issues.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`);
    throw new Error(`The configuration is not valid:\n  ${faults.join('\n  ')}`);
  }
  const read = result.output;
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
