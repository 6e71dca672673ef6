import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { createCatalog } from '../../../lib/catalog/catalog.ts';
import { encodeCell } from '../../../lib/catalog/cell.ts';
import { issuerKey, issuerStateKeys, mappingCells, recordKey, storeKey } from '../../../lib/catalog/item-keys.ts';
import type { Item } from '../../../lib/catalog/table.ts';
import { openDatabase } from '../../../lib/embedded/database.ts';
import { issuerToJson } from '../../../lib/entries/issuer.ts';
import type { Mapping } from '../../../lib/entries/mapping.ts';
import { storeToJson } from '../../../lib/entries/store.ts';
import { aCaller, aMapping, anIssuer, fill, type Spy, spyOn } from '../../kit/catalog-samples.ts';
import { sqliteTable } from '../../kit/catalog-table.ts';

const signal = new AbortController().signal;
const issuer = anIssuer();
const caller = aCaller('repo:acme/api:main', issuer);
const unreadable = { code: 'store_unavailable', message: 'The catalog holds an entry that cannot be read.' };

let table: Spy;
beforeEach(() => {
  table = spyOn(sqliteTable(openDatabase(':memory:')));
});

/** One cell for each place. */
function itemsOf(mappings: readonly Mapping[]): Item[] {
  const keys = mappings.flatMap((mapping) => mappingCells(mapping, issuer).map((key) => ({ key, mapping })));
  const cells = Map.groupBy(keys, ({ key }) => `${key.pk}\n${key.sk}`);
  return Array.from(cells.values(), (list) => ({
    ...list[0]!.key,
    data: encodeCell(list.map(({ mapping }) => mapping)),
  }));
}

function stateItems(state: object): Item[] {
  return issuerStateKeys(issuer.issuer).map((key) => ({ ...key, data: JSON.stringify(state) }));
}

describe('a view', () => {
  test('holds every rule on a name, from each of the six cells', async () => {
    const rules = ['payments/stripe', 'payments/*'].flatMap((secret) =>
      ['repo:acme/api:main', 'repo:acme/api:*', 'repo:acme/**'].map((subject) => aMapping({ secret, subject })),
    );
    const others = [
      aMapping({ secret: 'payments/other' }),
      aMapping({ secret: 'billing/*' }),
      aMapping({ subject: 'repo:acme/api:dev' }),
      aMapping({ subject: 'repo:acme/web:*' }),
      aMapping({ issuer: 'https://other.example' }),
    ];
    await fill(table, itemsOf([...rules, ...others]), signal);
    const view = await createCatalog({ table }).view(caller, ['payments/stripe'], signal);
    const ids = (mappings: readonly Mapping[]) => mappings.map(({ id }) => id).sort();
    expect(ids(view.mappings('payments/stripe'))).toEqual(ids(rules));
  });

  test.each([
    ['one name', ['payments/stripe'], 8],
    ['24 names of one first segment', Array.from({ length: 24 }, (_, at) => `payments/n${at}`), 100],
    ['24 names of as many first segments', Array.from({ length: 24 }, (_, at) => `team${at}/key`), 169],
    ['the same name twice', ['payments/stripe', 'payments/stripe'], 8],
    ['no name', [], 1],
  ])('of %s is one read', async (_, names, keys) => {
    await createCatalog({ table, copy: () => 3 }).view(caller, names, signal);
    expect(table.gets).toHaveLength(1);
    expect(table.gets[0]).toHaveLength(keys);
    expect(new Set(table.gets[0]).size).toBe(keys);
    expect(table.queries).toEqual([]);
  });

  test('reads the same keys whatever the table holds', async () => {
    const catalog = createCatalog({ table, copy: () => 0 });
    await catalog.view(caller, ['payments/stripe'], signal);
    await fill(
      table,
      [...itemsOf([aMapping(), aMapping({ subject: '**' })]), ...stateItems({ revision: 'r', state: 'active' })],
      signal,
    );
    await catalog.view(caller, ['payments/stripe'], signal);
    expect(table.gets[1]).toEqual(table.gets[0]);
  });

  test('reads state and wide rules from the same copy, and finds the same in each', async () => {
    const rule = aMapping({ subject: '**' });
    await fill(table, [...itemsOf([rule]), ...stateItems({ revision: 'r', state: 'active' })], signal);
    for (let copy = 0; copy < 8; copy++) {
      const view = await createCatalog({ table, copy: () => copy }).view(caller, ['payments/stripe'], signal);
      expect(view.issuer).toEqual({ fingerprint: 'r', state: 'active' });
      expect(view.mappings('payments/stripe')).toEqual([rule]);
      const wide = table.gets.at(-1)!.filter((key) => key.startsWith('W#'));
      expect(wide.every((key) => key.startsWith(`W#22:https://issuer.example#${copy} `))).toBe(true);
      expect(wide).toHaveLength(3);
    }
  });

  test('spreads over all copies at random', async () => {
    const catalog = createCatalog({ table });
    for (let at = 0; at < 200; at++) await catalog.view(caller, [], signal);
    const copies = new Set(table.gets.flat().map((key) => key.split(' ')[0]));
    expect(copies.size).toBe(8);
  });

  test('has no issuer if its state is missing', async () => {
    const view = await createCatalog({ table }).view(caller, ['payments/stripe'], signal);
    expect(view.issuer).toBeUndefined();
    expect(view.mappings('payments/stripe')).toEqual([]);
    expect(view.record('payments/stripe')).toBeUndefined();
  });

  test('shows a change on the next read', async () => {
    const catalog = createCatalog({ table, copy: () => 0 });
    const [rule, deny] = [aMapping(), aMapping({ effect: 'deny' })];
    await fill(table, itemsOf([rule]), signal);
    const before = await catalog.view(caller, ['payments/stripe'], signal);
    await fill(table, itemsOf([rule, deny]), signal);
    const after = await catalog.view(caller, ['payments/stripe'], signal);
    expect(before.mappings('payments/stripe').map(({ effect }) => effect)).toEqual(['allow']);
    expect(
      after
        .mappings('payments/stripe')
        .map(({ effect }) => effect)
        .sort(),
    ).toEqual(['allow', 'deny']);
  });

  test.each([
    ['no JSON', '{'],
    ['no cell', '[]'],
    ['no rules', '{}'],
    ['a member that is not known', '{"mappings":[],"also":1}'],
    ['a rule that cannot be read', '{"mappings":[{"effect":"deny"}]}'],
  ])('refuses a cell with %s: it may be the deny', async (_, data) => {
    const [item] = itemsOf([aMapping()]);
    await fill(table, [{ ...item!, data }], signal);
    const view = await createCatalog({ table }).view(caller, ['payments/stripe'], signal);
    expect(() => view.mappings('payments/stripe')).toThrow(expect.objectContaining(unreadable));
  });

  test.each(['{"revision":"r"}', '{"revision":"r","state":"on"}', '{"state":"active"}', 'null'])(
    'refuses the issuer state %s',
    async (data) => {
      await fill(
        table,
        issuerStateKeys(issuer.issuer).map((key) => ({ ...key, data })),
        signal,
      );
      await expect(createCatalog({ table }).view(caller, [], signal)).rejects.toMatchObject(unreadable);
    },
  );

  test('refuses a name that was not read', async () => {
    const view = await createCatalog({ table }).view(caller, ['payments/stripe'], signal);
    const refusal = expect.objectContaining({
      code: 'internal_error',
      message: 'The name is not in this view of the catalog.',
    });
    expect(() => view.mappings('payments/other')).toThrow(refusal);
    expect(() => view.record('payments/other')).toThrow(refusal);
  });

  test('passes on what the table refuses', async () => {
    const over = AbortSignal.abort();
    await expect(createCatalog({ table }).view(caller, ['a'], over)).rejects.toMatchObject({
      code: 'store_unavailable',
    });
  });
});

describe('a record', () => {
  const place = '"store":"aws","ref":"r","revisions":[{"number":3,"id":"x"}]';
  const read = async (data: string) => {
    await fill(table, [{ ...recordKey('a/b'), data }], signal);
    return (await createCatalog({ table }).view(caller, ['a/b'], signal)).record('a/b');
  };

  test.each([
    [`{"secret":"a/b",${place}}`, {}],
    [`{"secret":"a/b","managed":"file","highest":9,${place},"current":3,"previous":2}`, { current: 3, previous: 2 }],
  ])('%s', async (data, more) => {
    const expected = { secret: 'a/b', store: 'aws', ref: 'r', revisions: [{ number: 3, id: 'x' }], ...more };
    expect(await read(data)).toEqual(expected);
  });

  test('is missing after the secret was removed', async () => {
    expect(await read('{"secret":"a/b","gone":true,"highest":4}')).toBeUndefined();
  });

  test.each([
    '{"secret":"a/b"}',
    `{"secret":"a/b",${place},"also":1}`,
    `{"secret":"a/b","gone":true,${place}}`,
    '{"secret":"a/b","store":"aws","ref":"r","revisions":[{"number":0,"id":"x"}]}',
    '{"secret":"a/b","store":"aws","ref":"r","revisions":[null]}',
    '{"secret":"a/b","store":"aws","ref":"r","revisions":{}}',
    `{"secret":"a/b",${place},"current":"3"}`,
  ])('refuses %s', async (data) => {
    await expect(read(data)).rejects.toMatchObject(unreadable);
  });
});

describe('lists', () => {
  test('of issuers and stores are complete, over more than one page', async () => {
    const issuers = Array.from({ length: 600 }, (_, at) => anIssuer({ issuer: `https://i${at}.example` }));
    const stores = ['aws', 'local'].map((name) => ({ name, kind: 'embedded' as const, default: name === 'aws' }));
    await fill(
      table,
      [
        ...issuers.map((entry) => ({ ...issuerKey(entry.issuer), data: JSON.stringify(issuerToJson(entry)) })),
        ...stores.map((entry) => ({ ...storeKey(entry.name), data: JSON.stringify(storeToJson(entry)) })),
      ],
      signal,
    );
    const catalog = createCatalog({ table });
    const names = (entries: readonly { issuer: string }[]) => entries.map((entry) => entry.issuer).sort();
    expect(names(await catalog.issuers(signal))).toEqual(names(issuers));
    expect(await catalog.stores(signal)).toEqual([stores[0], stores[1]]);
  });

  test('refuse what they cannot read', async () => {
    await fill(
      table,
      [
        { ...issuerKey('a'), data: '{}' },
        { ...storeKey('b'), data: '{}' },
      ],
      signal,
    );
    await expect(createCatalog({ table }).issuers(signal)).rejects.toMatchObject(unreadable);
    await expect(createCatalog({ table }).stores(signal)).rejects.toMatchObject(unreadable);
  });
});

test('no tenant sees the rules of another, whatever delimiters their names contain', async () => {
  const text = fc
    .array(fc.constantFrom('a', '#', ':', '1', '2', '/', 'E#', '1:a'), { minLength: 1, maxLength: 5 })
    .map((parts) => parts.join(''));
  await fc.assert(
    fc.asyncProperty(text, text, text, text, async (i1, s1, i2, s2) => {
      fc.pre(i1 !== i2 || s1 !== s2);
      const fresh = sqliteTable(openDatabase(':memory:'));
      await fill(fresh, itemsOf([aMapping({ issuer: i1, subject: s1 })]), signal);
      const view = await createCatalog({ table: fresh }).view(
        aCaller(s2, anIssuer({ issuer: i2 })),
        ['payments/stripe'],
        signal,
      );
      expect(view.mappings('payments/stripe')).toEqual([]);
    }),
    { seed: 5, numRuns: 300 },
  );
});
