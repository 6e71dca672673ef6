import { apply, plan } from '../../lib/apply/apply.ts';
import type { Summary } from '../../lib/apply/changes.ts';
import { type CatalogWriter, type Item, type ItemChange, MAX_CHANGES } from '../../lib/catalog/table.ts';
import type { CatalogEntries } from '../../lib/entries/catalog-entries.ts';
import { identifyIssuer, identifyMapping } from '../../lib/entries/ids.ts';
import type { TrustedIssuer } from '../../lib/entries/issuer.ts';
import type { Mapping } from '../../lib/entries/mapping.ts';
import type { Caller } from '../../lib/token/caller.ts';
import type { JsonObject } from '../../lib/wire/strict-json.ts';
import type { CatalogTable } from './catalog-table.ts';

/** An issuer's entry with its fingerprint. */
export function anIssuer(parts: Partial<TrustedIssuer> = {}): TrustedIssuer {
  return identifyIssuer({
    issuer: 'https://issuer.example',
    kind: 'oidc',
    audience: 'https://secrets.example',
    algorithms: ['ES256'],
    discovery: true,
    noExp: false,
    require: [],
    jti: 'any',
    subjectAnchor: 3,
    state: 'active',
    ...parts,
  });
}

/** A rule with its id. */
export function aMapping(parts: Partial<Mapping> = {}): Mapping {
  return identifyMapping({
    secret: 'payments/stripe',
    issuer: 'https://issuer.example',
    subject: 'repo:acme/api:main',
    effect: 'allow',
    mode: 'enforce',
    ...parts,
  });
}

/** A verified workload. */
export function aCaller(subject: string, issuer: TrustedIssuer = anIssuer(), claims: JsonObject = {}): Caller {
  return { issuer, subject, claims: { sub: subject, ...claims }, tokenHash: 'hash' };
}

/** The default store of {@link aFile}. */
export const aStore = { name: 'aws', kind: 'secrets-manager' as const, default: true };

/** A catalog file: one issuer, one store, and whatever you add. */
export function aFile(parts: Partial<CatalogEntries> = {}): CatalogEntries {
  return { issuers: [anIssuer()], stores: [aStore], secrets: [], mappings: [], ...parts };
}

/** For tables that no broker reads. */
export const noPause = async (): Promise<void> => {};

/** Plans and applies a file without faults. Returns the plan's summary. */
export async function applyFile(file: CatalogEntries, table: CatalogWriter): Promise<Summary> {
  const signal = new AbortController().signal;
  const made = await plan(file, table, signal);
  if (made.faults.length > 0) throw new Error(made.faults.join('\n'));
  await apply(made, table, signal, noPause);
  return made.summary;
}

/** What was read from a table. */
export interface Spy extends CatalogTable {
  /** Keys of each `get`. */
  readonly gets: string[][];
  /** Partitions of each `query`. */
  readonly queries: string[];
  readonly writes: (readonly ItemChange[])[];
}

/** The table, and a record of what was read from it. */
export function spyOn(table: CatalogTable): Spy {
  const gets: string[][] = [];
  const queries: string[] = [];
  const writes: (readonly ItemChange[])[] = [];
  return {
    gets,
    queries,
    writes,
    get(keys, signal) {
      gets.push(keys.map(({ pk, sk }) => `${pk} ${sk}`));
      return table.get(keys, signal);
    },
    query(pk, range, signal) {
      queries.push(pk);
      return table.query(pk, range, signal);
    },
    write(changes, signal) {
      writes.push(changes);
      return table.write(changes, signal);
    },
    all: (signal) => table.all(signal),
  };
}

/** Writes items, any number of them. */
export async function fill(table: CatalogWriter, items: readonly Item[], signal: AbortSignal): Promise<void> {
  for (let at = 0; at < items.length; at += MAX_CHANGES) {
    const changes = items.slice(at, at + MAX_CHANGES).map(({ pk, sk, data }) => ({ pk, sk, put: data }));
    await table.write(changes, signal);
  }
}
