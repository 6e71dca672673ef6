import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Plan, plan } from '../../../lib/apply/apply.ts';
import { createCatalog } from '../../../lib/catalog/catalog.ts';
import type { ItemChange } from '../../../lib/catalog/table.ts';
import { openDatabase } from '../../../lib/embedded/database.ts';
import type { CatalogEntries } from '../../../lib/entries/catalog-entries.ts';
import type { Binding, TrustedIssuer } from '../../../lib/entries/issuer.ts';
import type { StoreEntry } from '../../../lib/entries/store.ts';
import { decide } from '../../../lib/mapping/decide.ts';
import { aCaller, aMapping, anIssuer } from '../../kit/catalog-samples.ts';
import { type CatalogTable, sqliteTable } from '../../kit/catalog-table.ts';

const signal = new AbortController().signal;
const ISSUERS = ['https://a.example', 'https://b.example'];
const SUBJECTS = ['repo:acme/api:main', 'repo:acme/web:main'];
const NAMES = ['p/a', 'p/b', 'q'];
const BINDINGS: Binding[][] = [[], ['sealed']];

const issuer = fc
  .record({
    issuer: fc.constantFrom(...ISSUERS),
    subjectAnchor: fc.constantFrom(2, 3),
    anchorClaim: fc.option(fc.constant('team'), { nil: undefined }),
    state: fc.constantFrom(...(['active', 'active', 'active', 'active', 'suspended'] as const)),
    require: fc.constantFrom(...BINDINGS),
  })
  .map(({ anchorClaim, ...parts }) => anIssuer({ ...parts, ...(anchorClaim === undefined ? {} : { anchorClaim }) }));
const mapping = fc
  .record({
    secret: fc.constantFrom(...NAMES, 'p/*'),
    issuer: fc.constantFrom(...ISSUERS),
    subject: fc.constantFrom(...SUBJECTS, 'repo:acme/api:*', 'repo:acme/*:*', '**'),
    effect: fc.constantFrom('allow' as const, 'allow' as const, 'deny' as const),
    claims: fc.constantFrom(undefined, undefined, { team: 'x' }, { team: 'y' }),
    require: fc.constantFrom(undefined, undefined, ['sealed' as const]),
  })
  .map(({ claims, require, ...parts }) =>
    aMapping({ ...parts, ...(claims && { claims }), ...(require && parts.effect === 'allow' && { require }) }),
  );
const direct = fc.option(fc.constantFrom('d1/', 'd2/'), { nil: undefined });
const store = fc.record({ name: fc.constantFrom('s1', 's2', 's3'), direct }).map((parts) => ({
  name: parts.name,
  kind: 'embedded' as const,
  default: false,
  ...(parts.direct && { direct: parts.direct }),
}));
const file: fc.Arbitrary<CatalogEntries> = fc
  .record({
    issuers: fc.uniqueArray(issuer, { selector: (one) => one.issuer, minLength: 1 }),
    stores: fc.uniqueArray(store, { selector: ({ name }) => name, minLength: 1 }),
    secrets: fc.uniqueArray(
      fc.record({ secret: fc.constantFrom(...NAMES), at: fc.nat(2), ref: fc.constantFrom('r1', 'r2') }),
      {
        selector: ({ secret }) => secret,
      },
    ),
    mappings: fc.uniqueArray(mapping, { selector: ({ id }) => id, maxLength: 10 }),
  })
  .map(({ issuers, stores, secrets, mappings }) => ({
    issuers,
    // At most one store takes direct names, as the file's reader demands.
    stores: stores.map((entry, at) => (at === 0 ? entry : { name: entry.name, kind: entry.kind, default: false })),
    secrets: secrets.map(({ secret, at, ref }) => ({ secret, ref, store: stores[at % stores.length]!.name })),
    mappings: mappings.filter((one) => issuers.some((entry) => entry.issuer === one.issuer)),
  }));

/** Before and after: unrelated, or with the same mappings, or with the same everything else. */
const twoFiles = fc.tuple(file, file, fc.constantFrom('own', 'mappings', 'entries')).map(([before, other, alike]) => {
  const entries = alike === 'entries' ? before : other;
  const { mappings } = alike === 'mappings' ? before : other;
  const known = mappings.filter((one) => entries.issuers.some((entry) => entry.issuer === one.issuer));
  return [before, { ...entries, mappings: known }] as const;
});

const storesOf = (table: CatalogTable) => createCatalog({ table }).stores(signal);

/**
 * Who may read what, and from where, according to a broker with that store list:
 * `issuer subject bindings name place`.
 */
async function allowed(
  table: CatalogTable,
  entries: readonly TrustedIssuer[],
  stores: readonly StoreEntry[],
): Promise<Set<string>> {
  const catalog = createCatalog({ table, copy: () => 0 });
  const takesDirect = stores.find((entry) => entry.direct !== undefined);
  const found = new Set<string>();
  for (const entry of entries) {
    for (const subject of SUBJECTS) {
      const caller = aCaller(subject, entry, { team: subject.includes('api') ? 'x' : 'y' });
      const view = await catalog.view(caller, NAMES, signal);
      // The cached entry may be an old one: what counts is the one whose revision is in the table.
      if (view.issuer?.fingerprint !== entry.fingerprint || view.issuer.state !== 'active') continue;
      for (const name of NAMES) {
        const record = view.record(name);
        const place = record
          ? `${record.store} ${record.ref}`
          : takesDirect && `${takesDirect.name} ${takesDirect.direct}`;
        for (const bindings of BINDINGS) {
          if (place === undefined || !entry.require.every((demand) => bindings.includes(demand))) continue;
          const access = {
            caller,
            secret: name,
            version: { names: [], complete: false },
            bindings: new Set(bindings),
            now: 0,
          };
          const { allowed: yes } = decide(view.mappings(name), access);
          if (yes) found.add([entry.issuer, subject, bindings, name, place].join(' '));
        }
      }
    }
  }
  return found;
}

/** Changes that are always in one transaction: copies of a wide cell, an issuer with its state, the stores. */
function groupOf({ pk, sk }: ItemChange): string {
  if (pk === 'T') return pk;
  if (pk === 'I') return `W#${sk} !`;
  return pk.startsWith('W#') ? `${pk.slice(0, -2)} ${sk}` : `${pk} ${sk}`;
}

/**
 * Writes a plan as if no two groups fitted into one transaction, so that every state on the way is checked.
 * @param paused called when the plan pauses
 */
async function write(
  table: CatalogTable,
  { faults, transactions, pauses }: Plan,
  check: () => Promise<void>,
  paused: () => Promise<void> = async () => {},
  stopAfter?: number,
) {
  expect(faults).toEqual([]);
  const steps = transactions.flatMap((changes, at) =>
    Array.from(Map.groupBy(changes, groupOf).values(), (group, part) => ({
      group,
      pauses: part === 0 && pauses.has(at),
    })),
  );
  for (const { group, pauses } of steps.slice(0, stopAfter)) {
    if (pauses) await paused();
    await table.write(group, signal);
    await check();
  }
}

test('an apply that is cut short anywhere and run again never allows what neither catalog allows', async () => {
  let steps = 0;
  let grants = 0;
  let stale = 0;
  await fc.assert(
    fc.asyncProperty(twoFiles, fc.nat(12), async ([before, after], stop) => {
      const database = openDatabase(':memory:');
      const table = sqliteTable(database);
      const entries = [...before.issuers, ...after.issuers];
      const distinct = [...new Map(entries.map((entry) => [entry.fingerprint, entry])).values()];
      await write(table, await plan(before, table, signal), async () => {});
      let lists = [await storesOf(table)];
      const old = await allowed(table, distinct, lists[0]!);

      const reference = openDatabase(':memory:');
      await write(sqliteTable(reference), await plan(after, sqliteTable(reference), signal), async () => {});
      const wanted = await allowed(sqliteTable(reference), distinct, await storesOf(sqliteTable(reference)));

      // A broker may have any store list that was in the table since the last pause.
      const paused = async () => {
        lists = [await storesOf(table)];
      };
      const check = async () => {
        steps++;
        const now = await storesOf(table);
        if (!lists.some((list) => JSON.stringify(list) === JSON.stringify(now))) lists.push(now);
        stale += lists.length - 1;
        for (const list of lists)
          for (const grant of await allowed(table, distinct, list))
            expect(old.has(grant) || wanted.has(grant), grant).toBe(true);
      };
      await write(table, await plan(after, table, signal), check, paused, stop);
      await write(table, await plan(after, table, signal), check, paused);
      expect(await allowed(table, distinct, await storesOf(table))).toEqual(wanted);
      expect((await plan(after, table, signal)).transactions).toEqual([]);
      grants += old.size + wanted.size;
      database.close();
      reference.close();
    }),
    { seed: 7, numRuns: 600 },
  );
  expect(steps).toBeGreaterThan(1000);
  expect(grants).toBeGreaterThan(500);
  expect(stale).toBeGreaterThan(100);
});
