import { createCatalog } from '../../lib/catalog/catalog.ts';
import type { CatalogReader, CatalogWriter } from '../../lib/catalog/table.ts';
import type { Mapping } from '../../lib/entries/mapping.ts';
import { decide } from '../../lib/mapping/decide.ts';
import type { Caller } from '../../lib/token/caller.ts';
import { aCaller, aFile, aMapping, anIssuer, applyFile } from '../kit/catalog-samples.ts';

/** A way in which the number of mappings grows: the nth mapping, and who gets what from it. */
export interface Growth {
  readonly what: string;
  mapping(n: number): Mapping;
  caller(n: number): Caller;
  secret(n: number): string;
}

const issuer = anIssuer();
const secret = (n: number) => `team-${n}/database`;

/** Globs of one issuer, with and without an anchor that narrows them, and mappings that are all for one subject. */
export const GROWTHS: readonly Growth[] = [
  {
    what: 'globs, one for each of an issuer’s repositories',
    mapping: (n) => aMapping({ secret: `team-${n}/*`, subject: `repo:acme/service-${n}:ref:refs/heads/*` }),
    caller: (n) => aCaller(`repo:acme/service-${n}:ref:refs/heads/main`, issuer),
    secret,
  },
  {
    what: 'globs of one issuer that no anchor narrows',
    mapping: (n) => aMapping({ secret: secret(n), subject: '*:acme/**:ref:refs/heads/main' }),
    caller: (n) => aCaller(`repo:acme/service-${n}:ref:refs/heads/main`, issuer),
    secret,
  },
  {
    what: 'all for one subject',
    mapping: (n) => aMapping({ secret: secret(n), subject: 'repo:acme/api:ref:refs/heads/main' }),
    caller: () => aCaller('repo:acme/api:ref:refs/heads/main', issuer),
    secret,
  },
];

/** Writes this many mappings into a table, as `waxseal apply` does. */
export async function fillWith({ mapping }: Growth, count: number, table: CatalogWriter): Promise<void> {
  await applyFile(aFile({ issuers: [issuer], mappings: Array.from({ length: count }, (_, n) => mapping(n)) }), table);
}

/** Ten requests, spread evenly over the mappings, whatever their number. Each reads the catalog and decides. */
export function authoriser(growth: Growth, count: number, table: CatalogReader): (index: number) => Promise<void> {
  const catalog = createCatalog({ table });
  const signal = new AbortController().signal;
  const asked = Array.from({ length: 10 }, (_, n) => Math.floor((n * count) / 10)).map((n) => ({
    caller: growth.caller(n),
    secret: growth.secret(n),
  }));
  return async (index) => {
    const { caller, secret: name } = asked[index % asked.length]!;
    const view = await catalog.view(caller, [name], signal);
    const version = { names: ['current'], complete: true } as const;
    const access = { caller, secret: name, version, bindings: new Set<never>(), now: 1_800_000_000 };
    if (!decide(view.mappings(name), access).allowed) throw new Error('a mapping was not found');
  };
}
