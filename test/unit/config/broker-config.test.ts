import { describe, expect, it } from 'vitest';
import { readBrokerConfig } from '../../../lib/config/broker-config.ts';

const NEEDED = {
  WAXSEAL_CATALOG_TABLE: 'catalog',
  WAXSEAL_LEDGER_TABLE: 'ledger',
  WAXSEAL_BROKER_KEY_SECRET: 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:keys',
  WAXSEAL_SECRET_PREFIXES: 'prod/,/shared/,rds!',
};

/** The lines of the error, or the settings if there is none. */
function faults(environment: NodeJS.ProcessEnv): string[] {
  try {
    readBrokerConfig(environment);
    return [];
  } catch (error) {
    return (error as Error).message.split('\n').map((line) => line.trim());
  }
}

describe('the broker function’s environment', () => {
  it('has defaults for everything optional', () => {
    expect(readBrokerConfig(NEEDED)).toMatchObject({
      catalogTable: 'catalog',
      ledgerTable: 'ledger',
      secretPrefixes: ['prod/', '/shared/', 'rds!'],
      publicUrls: [],
      budgetMs: 5000,
      valueCacheMs: 60_000,
      staleMs: 0,
      refreshAfterMs: 300_000,
      ledgerRetentionDays: 90,
      logLevel: 'info',
    });
  });

  it('reports all faults at once, by variable', () => {
    const told = faults({
      WAXSEAL_LEDGER_TABLE: '',
      WAXSEAL_BROKER_KEY_SECRET: 'x',
      WAXSEAL_SECRET_PREFIXES: '*',
      WAXSEAL_PUBLIC_URLS: 'http://plain.example.com',
      WAXSEAL_BUDGET_MS: 'soon',
      WAXSEAL_STALE_SECONDS: '301',
      WAXSEAL_LEDGER_RETENTION_DAYS: '0',
      WAXSEAL_LOG_LEVEL: 'loud',
    });
    expect(told[0]).toBe('The configuration is not valid:');
    expect(told.slice(1).map((line) => line.split(':')[0])).toEqual([
      'WAXSEAL_CATALOG_TABLE',
      'WAXSEAL_LEDGER_TABLE',
      'WAXSEAL_SECRET_PREFIXES',
      'WAXSEAL_PUBLIC_URLS',
      'WAXSEAL_BUDGET_MS',
      'WAXSEAL_STALE_SECONDS',
      'WAXSEAL_LEDGER_RETENTION_DAYS',
      'WAXSEAL_LOG_LEVEL',
    ]);
  });

  it('never quotes a variable’s value', () => {
    const canary = 'canary-value';
    const all = Object.fromEntries(
      ['PUBLIC_URLS', 'BUDGET_MS', 'VALUE_CACHE_SECONDS', 'STALE_SECONDS', 'REFRESH_SECONDS', 'LOG_LEVEL'].map(
        (name) => [`WAXSEAL_${name}`, canary],
      ),
    );
    const told = faults({ ...NEEDED, ...all });
    expect(told).toHaveLength(7);
    expect(told.join()).not.toContain(canary);
  });

  it.each([
    ['WAXSEAL_BUDGET_MS', ['100', '60000'], ['99', '60001', '1.5', '-1', '', 'NaN', 'Infinity']],
    ['WAXSEAL_VALUE_CACHE_SECONDS', ['0', '3600'], ['-1', '3601']],
    ['WAXSEAL_STALE_SECONDS', ['0', '300'], ['301']],
    ['WAXSEAL_LEDGER_RETENTION_DAYS', ['1', '3650'], ['0', '3651']],
    [
      'WAXSEAL_PUBLIC_URLS',
      ['', 'https://a.example.com/,https://b.example.com'],
      ['ftp://a', 'a.example.com', 'https://'],
    ],
  ])('%s is bounded', (name, good, bad) => {
    for (const value of good) expect([value, faults({ ...NEEDED, [name]: value })]).toEqual([value, []]);
    for (const value of bad) expect([value, faults({ ...NEEDED, [name]: value }).length]).toEqual([value, 2]);
  });

  it('accepts several URLs and drops the slashes at their ends', () => {
    const { publicUrls } = readBrokerConfig({
      ...NEEDED,
      WAXSEAL_PUBLIC_URLS: ' https://a.example.com/ , https://b.example.com/x//',
    });
    expect(publicUrls).toEqual(['https://a.example.com', 'https://b.example.com/x']);
  });
});
