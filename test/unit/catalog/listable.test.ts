import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apply, plan } from '../../../lib/apply/apply.ts';
import { createCatalog } from '../../../lib/catalog/catalog.ts';
import type { ListableRange } from '../../../lib/catalog/listable.ts';
import { openDatabase } from '../../../lib/embedded/database.ts';
import type { Mapping } from '../../../lib/entries/mapping.ts';
import { decide } from '../../../lib/mapping/decide.ts';
import { matchesGlob } from '../../../lib/mapping/glob.ts';
import { isName } from '../../../lib/wire/names.ts';
import { aCaller, aMapping, anIssuer, noPause, spyOn } from '../../kit/catalog-samples.ts';
import type { CatalogTable } from '../../kit/catalog-table.ts';
import { sqliteTable } from '../../kit/catalog-table.ts';

const signal = new AbortController().signal;
const issuer = anIssuer();
const caller = aCaller('repo:acme/api:main', issuer);

async function tableWith(mappings: readonly Mapping[], secrets: readonly string[]): Promise<CatalogTable> {
  const table = sqliteTable(openDatabase(':memory:'));
  const file = {
    issuers: [issuer],
    stores: [{ name: 'aws', kind: 'secrets-manager' as const, default: true }],
    secrets: secrets.map((secret) => ({ secret, ref: `ref-${secret}` })),
    mappings: [...mappings],
  };
  const wanted = await plan(file, table, signal);
  expect(wanted.faults).toEqual([]);
  await apply(wanted, table, signal, noPause);
  return table;
}

async function pages(table: CatalogTable, range: ListableRange) {
  const catalog = createCatalog({ table });
  const entries = [];
  let after = range.after;
  do {
    const page = await catalog.listable(caller, { ...range, ...(after === undefined ? {} : { after }) }, signal);
    expect(page.entries.length).toBeLessThanOrEqual(range.limit);
    entries.push(...page.entries);
    after = page.next;
  } while (after !== undefined);
  return entries;
}

const names = async (table: CatalogTable, range: Partial<ListableRange> = {}) =>
  (await pages(table, { limit: 100, ...range })).map(({ name }) => name);

describe('candidates', () => {
  const secrets = ['billing/a', 'billing/b', 'payments', 'payments-x', 'payments/a', 'payments/a/b', 'payments/z', 'q'];

  test.each<[string, Partial<Mapping>[], string[]]>([
    ['nothing mapped', [], []],
    ['one name', [{ secret: 'payments/a' }], ['payments/a']],
    ['a name without a record', [{ secret: 'direct/key' }], ['direct/key']],
    ['a pattern', [{ secret: 'payments/*' }], ['payments/a', 'payments/a/b', 'payments/z']],
    [
      'a pattern below a pattern',
      [{ secret: 'payments/a/*' }, { secret: 'payments/*' }],
      ['payments/a', 'payments/a/b', 'payments/z'],
    ],
    ['two patterns of one segment', [{ secret: 'payments/a/*' }, { secret: 'payments/b/*' }], ['payments/a/b']],
    [
      'names next to a pattern',
      [{ secret: 'payments/*' }, { secret: 'payments' }, { secret: 'payments/zz' }],
      ['payments', 'payments/a', 'payments/a/b', 'payments/z', 'payments/zz'],
    ],
    [
      'a glob',
      [
        { secret: 'billing/*', subject: 'repo:acme/api:*' },
        { secret: 'q', subject: '**' },
      ],
      ['billing/a', 'billing/b', 'q'],
    ],
    [
      'another subject',
      [
        { secret: 'billing/*', subject: 'repo:acme/web:*' },
        { secret: 'q', subject: '**:dev' },
      ],
      [],
    ],
    ['a deny alone', [{ secret: 'payments/*', effect: 'deny' }], []],
  ])('%s', async (_, rules, expected) => {
    const table = await tableWith(rules.map(aMapping), secrets);
    expect(await names(table)).toEqual(expected);
    expect(await names(table, { limit: 1 })).toEqual(expected);
  });

  test('come with record and all rules, denies among them', async () => {
    const rules = [
      aMapping({ secret: 'payments/*' }),
      aMapping({ secret: 'payments/a', effect: 'deny', subject: '**' }),
    ];
    const table = await tableWith([...rules, aMapping({ secret: 'direct/key' })], secrets);
    const entries = await pages(table, { limit: 10 });
    const found = entries.find(({ name }) => name === 'payments/a');
    expect(found?.record).toEqual({ secret: 'payments/a', store: 'aws', ref: 'ref-payments/a', revisions: [] });
    expect(new Set(found?.mappings.map(({ id }) => id))).toEqual(new Set(rules.map(({ id }) => id)));
    expect(entries.find(({ name }) => name === 'direct/key')?.record).toBeUndefined();
  });

  test.each<[Partial<ListableRange>, string[]]>([
    [{ prefix: 'pay' }, ['payments', 'payments/a', 'payments/a/b', 'payments/z']],
    [{ prefix: 'payments/' }, ['payments/a', 'payments/a/b', 'payments/z']],
    [{ prefix: 'payments/a' }, ['payments/a', 'payments/a/b']],
    [{ prefix: 'payments/a/' }, ['payments/a/b']],
    [{ prefix: 'x' }, []],
    [{ after: 'payments' }, ['payments/a', 'payments/a/b', 'payments/z', 'q']],
    [{ after: 'payments/*' }, ['payments/a', 'payments/a/b', 'payments/z', 'q']],
    [{ after: 'payments/a/b' }, ['payments/z', 'q']],
    [{ after: 'payments/zzz' }, ['q']],
    [{ prefix: 'payments/a', after: 'payments/a' }, ['payments/a/b']],
    [{ prefix: 'payments/a', after: 'a' }, ['payments/a', 'payments/a/b']],
    [{ prefix: 'payments/a', after: 'q' }, []],
  ])('in the range %j', async (range, expected) => {
    const rules = ['payments', 'payments/*', 'q'].map((secret) => aMapping({ secret }));
    const table = await tableWith(rules, secrets);
    expect(await names(table, range)).toEqual(expected);
    expect(await names(table, { ...range, limit: 1 })).toEqual(expected);
  });

  test('of patterns are read by a range of the index, not one by one', async () => {
    const many = Array.from({ length: 1000 }, (_, at) => `payments/${at % 10 === 0 ? 'mine' : 'others'}/n${at}`);
    const table = spyOn(await tableWith([aMapping({ secret: 'payments/mine/*' })], many));
    const page = await createCatalog({ table }).listable(caller, { limit: 50 }, signal);
    expect(page.entries).toHaveLength(50);
    expect(table.queries.filter((pk) => pk === 'S#payments')).toHaveLength(1);
    expect(table.gets).toEqual([]);
  });

  test('a page among very many rules of others ends early and continues on the next', async () => {
    const others = Array.from({ length: 2500 }, (_, at) => aMapping({ secret: `other/n${at}`, subject: '**:dev' }));
    const table = await tableWith([...others, aMapping({ secret: 'q' })], secrets);
    const first = await createCatalog({ table }).listable(caller, { limit: 10 }, signal);
    expect(first.entries).toEqual([]);
    expect(first.next).toMatch(/^other\//);
    expect(await names(table)).toEqual(['q']);
  });

  test('passes on what the table refuses', async () => {
    const table = await tableWith([aMapping({ secret: 'payments/*' })], secrets);
    await expect(createCatalog({ table }).listable(caller, { limit: 1 }, AbortSignal.abort())).rejects.toMatchObject({
      code: 'store_unavailable',
    });
  });
});

test('a listing in pages of any size equals a decision on every name', async () => {
  const segment = fc.constantFrom('a', 'b', 'a-b', 'a.b', '1');
  const name = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  const secret = fc.oneof(
    name,
    name.map((start) => `${start}/*`),
  );
  const subject = fc.constantFrom('repo:acme/api:main', 'repo:acme/api:*', '**', 'repo:acme/web:*', '**:dev');
  const rule = fc.record({
    secret,
    subject,
    effect: fc.constantFrom('allow' as const, 'allow' as const, 'deny' as const),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(name, { maxLength: 12 }),
      fc.array(rule, { maxLength: 8 }),
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom('', 'a', 'a/', 'a/b'),
      async (secrets, rules, limit, prefix) => {
        const mappings = [...new Map(rules.map(aMapping).map((mapping) => [mapping.id, mapping])).values()];
        const table = await tableWith(mappings, secrets);
        const allowed = (asked: string, known: readonly Mapping[]) =>
          decide(known, {
            caller,
            secret: asked,
            version: { names: ['current'], complete: false },
            bindings: new Set(),
            now: 0,
          }).allowed;
        const entries = await pages(table, { prefix, limit });
        const listed = entries.filter(({ name: asked, mappings: known }) => allowed(asked, known));
        const spelt = mappings
          .filter(({ secret: one, subject: whose }) => isName(one) && matchesGlob(whose, caller.subject))
          .map((mapping) => mapping.secret);
        const every = [...new Set([...secrets, ...spelt])];
        const expected = every.filter((asked) => asked.startsWith(prefix) && allowed(asked, mappings)).sort();
        expect(listed.map((entry) => entry.name)).toEqual(expected);
        for (const { name: asked, record } of entries) expect(record !== undefined).toBe(secrets.includes(asked));
      },
    ),
    { seed: 6, numRuns: 200 },
  );
});
