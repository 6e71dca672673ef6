import { beforeEach, describe, expect, test } from 'vitest';
import { apply, plan } from '../../../lib/apply/apply.ts';
import { createCatalog } from '../../../lib/catalog/catalog.ts';
import { openDatabase } from '../../../lib/embedded/database.ts';
import type { CatalogEntries } from '../../../lib/entries/catalog-entries.ts';
import type { Mapping } from '../../../lib/entries/mapping.ts';
import {
  aCaller,
  aFile,
  aMapping,
  anIssuer,
  applyFile,
  aStore,
  fill,
  noPause,
  type Spy,
  spyOn,
} from '../../kit/catalog-samples.ts';
import { sqliteTable } from '../../kit/catalog-table.ts';

const signal = new AbortController().signal;
const issuer = anIssuer();
const other = { name: 'other', kind: 'embedded' as const, default: false };
const none = { created: 0, changed: 0, removed: 0 };

let table: Spy;
beforeEach(() => {
  table = spyOn(sqliteTable(openDatabase(':memory:')));
});

const applied = (file: CatalogEntries) => applyFile(file, table);
const record = async (name: string) => (await createCatalog({ table }).view(aCaller('s'), [name], signal)).record(name);
const rules = async (subject = 'repo:acme/api:main') =>
  (await createCatalog({ table }).view(aCaller(subject), ['payments/stripe'], signal)).mappings('payments/stripe');

describe('a plan', () => {
  const full = aFile({
    secrets: [{ secret: 'payments/stripe', ref: 'arn:a' }],
    mappings: [aMapping(), aMapping({ effect: 'deny', subject: '**' })],
  });

  test('for an empty table writes everything, and reports it', async () => {
    const made = await plan(full, table, signal);
    const created = { created: 1, changed: 0, removed: 0 };
    expect(made.summary).toEqual({
      issuers: created,
      stores: created,
      secrets: created,
      mappings: { ...created, created: 2 },
    });
    expect(table.writes).toEqual([]);
    await apply(made, table, signal, noPause);
    const catalog = createCatalog({ table });
    expect(await catalog.issuers(signal)).toEqual([issuer]);
    expect(await catalog.stores(signal)).toEqual([aStore]);
    expect((await catalog.view(aCaller('s'), [], signal)).issuer).toEqual({
      fingerprint: issuer.fingerprint,
      state: 'active',
    });
    expect(await record('payments/stripe')).toEqual({
      secret: 'payments/stripe',
      store: 'aws',
      ref: 'arn:a',
      revisions: [],
    });
    expect(await rules()).toHaveLength(2);
  });

  test('is empty the second time, whatever the order of entries in the file', async () => {
    await applied(full);
    const again = { ...full, mappings: full.mappings.toReversed() };
    expect(await plan(again, table, signal)).toEqual({
      transactions: [],
      pauses: new Set(),
      changes: [],
      summary: { issuers: none, stores: none, secrets: none, mappings: none },
      faults: [],
    });
  });

  test('counts what is created, changed and removed', async () => {
    await applied(full);
    const next = aFile({
      issuers: [anIssuer({ subjectAnchor: 2 }), anIssuer({ issuer: 'https://new.example' })],
      stores: [aStore, other],
      secrets: [{ secret: 'payments/stripe', store: 'other', ref: 'r' }],
      mappings: [full.mappings[1]!, aMapping({ fields: ['api_key'] })],
    });
    const changed = { created: 0, changed: 1, removed: 0 };
    expect(await applied(next)).toEqual({
      issuers: { created: 1, changed: 1, removed: 0 },
      stores: { created: 1, changed: 0, removed: 0 },
      secrets: changed,
      mappings: { created: 1, changed: 0, removed: 1 },
    });
    expect(await applied(aFile({ issuers: [], stores: [] }))).toEqual({
      issuers: { ...none, removed: 2 },
      stores: { ...none, removed: 2 },
      secrets: { ...none, removed: 1 },
      mappings: { ...none, removed: 2 },
    });
    expect((await Array.fromAsync(table.all(signal))).map(({ pk }) => pk)).toEqual(['C']);
  });

  test('moves rules if their issuer’s anchor changes', async () => {
    const mappings = [aMapping({ subject: 'repo:acme/api:*' }), aMapping({ subject: 'repo:acme/*:*' })];
    await applied(aFile({ mappings }));
    const summary = await applied(aFile({ issuers: [anIssuer({ subjectAnchor: 2 })], mappings }));
    expect(summary.mappings).toEqual({ created: 0, changed: 2, removed: 0 });
    const caller = aCaller('repo:acme/api:main', anIssuer({ subjectAnchor: 2 }));
    const view = await createCatalog({ table }).view(caller, ['payments/stripe'], signal);
    expect(view.mappings('payments/stripe')).toHaveLength(2);
    for await (const { pk } of table.all(signal)) expect(pk).not.toMatch(/^A#.*13:repo:acme\/api$/);
  });

  test('is refused if the table changed after it was made, and nothing is written', async () => {
    const made = await plan(full, table, signal);
    await applied(aFile({ mappings: [aMapping({ fields: ['x'] })] }));
    const before = await Array.fromAsync(table.all(signal));
    await expect(apply(made, table, signal, noPause)).rejects.toMatchObject({
      code: 'conflict',
      message: 'The request conflicts with the current state.',
    });
    expect(await Array.fromAsync(table.all(signal))).toEqual(before);
  });

  test('is not made if the table holds an entry that cannot be read', async () => {
    await fill(table, [{ pk: 'E#1:a#1:b', sk: 'n', data: '{"mappings":[{}]}' }], signal);
    await expect(plan(full, table, signal)).rejects.toMatchObject({
      code: 'store_unavailable',
      message: 'The catalog holds an entry that cannot be read.',
    });
  });
});

describe('faults', () => {
  const many = (parts: Partial<Mapping>) =>
    Array.from({ length: 80 }, (_, at) => aMapping({ ...parts, claims: { environment: `${'x'.repeat(100)}${at}` } }));

  test.each<[string, Partial<Mapping>, Partial<Parameters<typeof anIssuer>[0]>, RegExp]>([
    [
      'one subject',
      {},
      {},
      /^The 80 mappings of https:\/\/issuer\.example for the subject repo:acme\/api:main on payments\/stripe take \d{5} bytes in one cell, which holds at most 16384\. Merge some of them, or make their subjects narrower\.$/,
    ],
    [
      'an anchor',
      { subject: 'repo:acme/api:*', secret: 'payments/*' },
      {},
      /for subjects with the same first 3 segments as repo:acme\/api:\* on name patterns below payments\/ take/,
    ],
    ['no anchor', { subject: '**' }, {}, /for subjects without an anchor on payments\/stripe take/],
  ])('name a cell that is too large: %s', async (_, parts, entry, expected) => {
    const made = await plan(aFile({ issuers: [anIssuer(entry)], mappings: many(parts) }), table, signal);
    expect(made.faults).toEqual([expect.stringMatching(expected)]);
    expect(made.transactions).toEqual([]);
    await expect(apply(made, table, signal, noPause)).rejects.toMatchObject({
      code: 'conflict',
      message: 'The plan has faults, so none of it was applied.',
    });
    expect(table.writes).toEqual([]);
  });

  test('are all reported at once', async () => {
    const made = await plan(
      aFile({
        stores: [{ ...aStore, default: false }],
        secrets: [
          { secret: 'a', ref: 'r' },
          { secret: 'b', store: 'nowhere', ref: 'r' },
        ],
        mappings: [aMapping({ issuer: 'https://unknown.example' })],
      }),
      table,
      signal,
    );
    expect(made.faults).toEqual([
      'A mapping for payments/stripe names https://unknown.example, which is not under issuers in the file. Add it there.',
      'The secret a names no store, and no store in the file is the default. Name one, or add default: true to a store.',
      'The secret b names the store nowhere, which is not under stores in the file. Add it there.',
    ]);
  });
});
