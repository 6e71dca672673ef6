import { beforeEach, describe, expect, test } from 'vitest';
import { apply, plan } from '../../../lib/apply/apply.ts';
import { openDatabase } from '../../../lib/embedded/database.ts';
import type { CatalogEntries } from '../../../lib/entries/catalog-entries.ts';
import { aFile, aMapping, applyFile, aStore, type Spy, spyOn } from '../../kit/catalog-samples.ts';
import { sqliteTable } from '../../kit/catalog-table.ts';

const signal = new AbortController().signal;

let table: Spy;
beforeEach(() => {
  table = spyOn(sqliteTable(openDatabase(':memory:')));
});

const applied = (file: CatalogEntries) => applyFile(file, table);

describe('a pause until every broker has loaded the new store list', () => {
  const direct = (prefix: string) => ({ ...aStore, direct: prefix });

  /** For each pause: the first letters of the partitions written after it. */
  async function pauses(file: CatalogEntries): Promise<string[]> {
    const { pauses, transactions } = await plan(file, table, signal);
    return Array.from(pauses, (at) =>
      transactions
        .slice(at)
        .map((changes) => changes[1]!.pk[0])
        .join(''),
    );
  }

  beforeEach(() => applied(aFile({ stores: [direct('old/')] })));

  test.each([
    ['another prefix', [direct('new/')]],
    ['a dropped prefix', [aStore]],
    ['another kind', [{ ...direct('old/'), kind: 'embedded' as const }]],
    ['the prefix moving to another store', [aStore, { ...direct('old/'), name: 'other', default: false }]],
  ])('comes between %s and new rules', async (_, stores) => {
    expect(await pauses(aFile({ stores, mappings: [aMapping()] }))).toEqual(['E']);
  });

  test.each([
    ['nothing follows', aFile({ stores: [direct('new/')] })],
    [
      'a store is only added',
      aFile({ stores: [direct('old/'), { ...aStore, name: 'b', default: false }], mappings: [aMapping()] }),
    ],
    ['no name moves', aFile({ stores: [{ ...direct('old/'), default: false }], mappings: [aMapping()] })],
  ])('is not made if %s', async (_, file) => {
    expect(await pauses(file)).toEqual([]);
  });

  test('that was not made is made once, by the next apply that gives somebody more', async () => {
    await applied(aFile({ stores: [direct('new/')] }));
    expect(await pauses(aFile({ stores: [direct('new/')] }))).toEqual([]);
    const next = aFile({ stores: [direct('new/')], mappings: [aMapping()] });
    expect(await pauses(next)).toEqual(['E']);
    await applied(next);
    expect(await pauses(aFile({ stores: [direct('new/')] }))).toEqual([]);
  });

  test('never delays what only takes away, and is still owed after it', async () => {
    const stores = [direct('new/')];
    const [one, two] = [aMapping(), aMapping({ fields: ['x'] })];
    await applied(aFile({ stores: [direct('old/')], mappings: [one, two] }));
    await applied(aFile({ stores, mappings: [one, two] }));
    const deny = aMapping({ effect: 'deny', subject: '**' });
    for (const mappings of [[one], [one, deny]]) {
      expect(await pauses(aFile({ stores, mappings }))).toEqual([]);
      await applied(aFile({ stores, mappings }));
    }
    expect(await pauses(aFile({ stores, mappings: [one] }))).toEqual(['W']);
    expect(await pauses(aFile({ stores, mappings: [one, two, deny] }))).toEqual(['E']);
    const secrets = [{ secret: 'a', ref: 'b' }];
    expect(await pauses(aFile({ stores, secrets, mappings: [one, deny] }))).toEqual(['S']);
  });

  test('does not delay the removal of a rule if the only new rule is a deny', async () => {
    const stores = [direct('new/')];
    const [kept, dropped] = [aMapping(), aMapping({ fields: ['x'] })];
    await applied(aFile({ stores: [direct('old/')], mappings: [kept, dropped] }));
    await applied(aFile({ stores, mappings: [kept, dropped] }));
    const deny = aMapping({ effect: 'deny', subject: '**' });
    expect(await pauses(aFile({ stores, mappings: [kept, deny] }))).toEqual([]);
  });

  test('happens between the writes', async () => {
    const made = await plan(aFile({ stores: [direct('new/')], mappings: [aMapping()] }), table, signal);
    table.writes.length = 0;
    const waited: (readonly [number, number])[] = [];
    await apply(made, table, signal, async (ms) => void waited.push([ms, table.writes.length]));
    expect(waited).toEqual([[40_000, 1]]);
    expect(table.writes).toHaveLength(2);
  });
});
