import { beforeEach, describe, expect, test } from 'vitest';
import { apply, plan } from '../../../lib/catalog/apply.ts';
import { createCatalog } from '../../../lib/catalog/catalog.ts';
import type { CatalogFile } from '../../../lib/catalog/file.ts';
import { recordItemToJson } from '../../../lib/catalog/record-item.ts';
import { sqliteTable } from '../../../lib/catalog/sqlite.ts';
import { openDatabase } from '../../../lib/local/database.ts';
import type { Mapping } from '../../../lib/mapping/mapping.ts';
import { aCaller, aMapping, anIssuer, fill, type Spy, spyOn } from '../../kit/catalog-samples.ts';

const signal = new AbortController().signal;
const issuer = anIssuer();
const aws = { name: 'aws', kind: 'secrets-manager' as const, default: true };
const other = { name: 'other', kind: 'embedded' as const, default: false };
const none = { created: 0, changed: 0, removed: 0 };

let table: Spy;
beforeEach(() => {
  table = spyOn(sqliteTable(openDatabase(':memory:')));
});

const file = (parts: Partial<CatalogFile> = {}): CatalogFile => ({
  issuers: [issuer],
  stores: [aws],
  secrets: [],
  mappings: [],
  ...parts,
});

async function applied(wanted: CatalogFile) {
  const made = await plan(wanted, table, signal);
  expect(made.faults).toEqual([]);
  table.writes.length = 0;
  await apply(made, table, signal);
  return made.summary;
}

const record = async (name: string) => (await createCatalog({ table }).view(aCaller('s'), [name], signal)).record(name);
const rules = async (subject = 'repo:acme/api:main') =>
  (await createCatalog({ table }).view(aCaller(subject), ['payments/stripe'], signal)).mappings('payments/stripe');

/** The transactions that were written, each as `+ E payments/stripe: allow deny` or `- …`, without the count. */
const written = () =>
  table.writes.map((changes) =>
    changes.slice(1).map((change) => {
      const place = `${change.pk[0]} ${change.sk}`;
      if (!('put' in change)) return `- ${place}`;
      const { mappings } = JSON.parse(change.put) as { mappings?: Mapping[] };
      const effects = mappings?.map(({ effect }) => effect).sort();
      return `+ ${place}${effects ? `: ${effects.join(' ')}` : ''}`;
    }),
  );

describe('a plan', () => {
  const full = file({
    secrets: [{ secret: 'payments/stripe', ref: 'arn:a' }],
    mappings: [aMapping(), aMapping({ effect: 'deny', subject: '**' })],
  });

  test('for an empty table writes everything, and says so', async () => {
    const made = await plan(full, table, signal);
    const created = { created: 1, changed: 0, removed: 0 };
    expect(made.summary).toEqual({
      issuers: created,
      stores: created,
      secrets: created,
      mappings: { ...created, created: 2 },
    });
    expect(table.writes).toEqual([]);
    await apply(made, table, signal);
    const catalog = createCatalog({ table });
    expect(await catalog.issuers(signal)).toEqual([issuer]);
    expect(await catalog.stores(signal)).toEqual([aws]);
    expect((await catalog.view(aCaller('s'), [], signal)).issuer).toEqual({
      revision: issuer.revision,
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

  test('is empty the second time, in whatever order the file has its entries', async () => {
    await applied(full);
    const again = { ...full, mappings: full.mappings.toReversed() };
    expect(await plan(again, table, signal)).toEqual({
      transactions: [],
      summary: { issuers: none, stores: none, secrets: none, mappings: none },
      faults: [],
    });
  });

  test('counts what changes and goes', async () => {
    await applied(full);
    const next = file({
      issuers: [anIssuer({ subjectAnchor: 2 }), anIssuer({ issuer: 'https://new.example' })],
      stores: [aws, other],
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
    expect(await applied(file({ issuers: [], stores: [] }))).toEqual({
      issuers: { ...none, removed: 2 },
      stores: { ...none, removed: 2 },
      secrets: { ...none, removed: 1 },
      mappings: { ...none, removed: 2 },
    });
    expect((await Array.fromAsync(table.all(signal))).map(({ pk }) => pk)).toEqual(['C']);
  });

  test('moves rules where their issuer’s anchor changes', async () => {
    const mappings = [aMapping({ subject: 'repo:acme/api:*' }), aMapping({ subject: 'repo:acme/*:*' })];
    await applied(file({ mappings }));
    const summary = await applied(file({ issuers: [anIssuer({ subjectAnchor: 2 })], mappings }));
    expect(summary.mappings).toEqual({ created: 0, changed: 2, removed: 0 });
    const caller = aCaller('repo:acme/api:main', anIssuer({ subjectAnchor: 2 }));
    const view = await createCatalog({ table }).view(caller, ['payments/stripe'], signal);
    expect(view.mappings('payments/stripe')).toHaveLength(2);
    for await (const { pk } of table.all(signal)) expect(pk).not.toMatch(/^A#.*13:repo:acme\/api$/);
  });

  test('is refused where somebody changed the table meanwhile, and nothing of it is written', async () => {
    const made = await plan(full, table, signal);
    await applied(file({ mappings: [aMapping({ fields: ['x'] })] }));
    const before = await Array.fromAsync(table.all(signal));
    await expect(apply(made, table, signal)).rejects.toMatchObject({
      code: 'conflict',
      message: 'The request conflicts with the present state.',
    });
    expect(await Array.fromAsync(table.all(signal))).toEqual(before);
  });

  test('is not made of a table that holds what cannot be read', async () => {
    await fill(table, [{ pk: 'E#1:a#1:b', sk: 'n', data: '{"mappings":[{}]}' }], signal);
    await expect(plan(full, table, signal)).rejects.toMatchObject({
      code: 'store_unavailable',
      message: 'The catalog holds an entry that cannot be read.',
    });
  });
});

describe('records of uploads', () => {
  const place = { secret: 'payments/stripe', store: 'aws', ref: 'uploaded' };
  const revisions = [{ number: 4, id: 'v4' }];
  const key = { pk: 'S#payments', sk: 'payments/stripe' };
  const upload = (managed = false) =>
    fill(
      table,
      [
        {
          ...key,
          data: JSON.stringify(
            recordItemToJson({
              secret: place.secret,
              record: { ...place, revisions, current: 4 },
              managed,
              highest: 4,
            }),
          ),
        },
      ],
      signal,
    );
  const stands = async () => JSON.parse((await table.get([key], signal))[0]?.data ?? 'null');

  test('stay though the file lacks them', async () => {
    await upload();
    await applied(file());
    expect(await record('payments/stripe')).toEqual({ ...place, revisions, current: 4 });
  });

  test('stay as they are where the file names the same place, and after it no longer does', async () => {
    await upload();
    const { secret, store, ref } = place;
    expect((await applied(file({ secrets: [{ secret, store, ref }] }))).secrets).toEqual(none);
    await applied(file());
    expect(await record('payments/stripe')).toEqual({ ...place, revisions, current: 4 });
  });

  test('are a fault where the file names another place, or drops their store', async () => {
    await upload();
    const moved = await plan(file({ secrets: [{ secret: 'payments/stripe', ref: 'elsewhere' }] }), table, signal);
    expect(moved.faults).toEqual(['The secret payments/stripe was uploaded to another place than the file registers.']);
    const dropped = await plan(file({ stores: [{ ...other, default: true }] }), table, signal);
    expect(dropped.faults).toEqual(['The secret payments/stripe was uploaded to aws, a store that the file lacks.']);
  });

  test('that the file registered keep their numbers while the place stays the same', async () => {
    await upload(true);
    expect((await applied(file({ secrets: [{ secret: 'payments/stripe', ref: 'uploaded' }] }))).secrets).toEqual(none);
    expect(await record('payments/stripe')).toEqual({ ...place, revisions, current: 4 });
  });

  test('never give a number again, after a move or after removal and return', async () => {
    await upload(true);
    await applied(file({ secrets: [{ secret: 'payments/stripe', ref: 'moved' }] }));
    expect(await stands()).toEqual({
      secret: 'payments/stripe',
      managed: 'file',
      highest: 4,
      store: 'aws',
      ref: 'moved',
      revisions: [],
    });
    expect((await applied(file())).secrets).toEqual({ ...none, removed: 1 });
    expect(await stands()).toEqual({ secret: 'payments/stripe', managed: 'file', highest: 4, gone: true });
    expect(await record('payments/stripe')).toBeUndefined();
    expect((await applied(file({ secrets: [{ secret: 'payments/stripe', ref: 'back' }] }))).secrets).toEqual({
      ...none,
      created: 1,
    });
    expect(await stands()).toMatchObject({ highest: 4, ref: 'back' });
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
      /^The 80 mappings of https:\/\/issuer\.example for the subject repo:acme\/api:main on payments\/stripe take \d{5} bytes in one cell, which holds at most 16384: merge them, or make their subjects narrower\.$/,
    ],
    [
      'an anchor',
      { subject: 'repo:acme/api:*', secret: 'payments/*' },
      {},
      /for subjects that share the first 3 segments of repo:acme\/api:\* on name patterns below payments\/ take/,
    ],
    ['no anchor', { subject: '**' }, {}, /for subjects that no anchor narrows on payments\/stripe take/],
  ])('name a cell that is too large: %s', async (_, parts, entry, expected) => {
    const made = await plan(file({ issuers: [anIssuer(entry)], mappings: many(parts) }), table, signal);
    expect(made.faults).toEqual([expect.stringMatching(expected)]);
    expect(made.transactions).toEqual([]);
    await expect(apply(made, table, signal)).rejects.toMatchObject({
      code: 'conflict',
      message: 'The plan has faults, so nothing of it is applied.',
    });
    expect(table.writes).toEqual([]);
  });

  test('come all at once', async () => {
    const made = await plan(
      file({
        stores: [{ ...aws, default: false }],
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
      'A mapping of payments/stripe names https://unknown.example, which is no issuer.',
      'The secret a is in a store that the file lacks.',
      'The secret b is in a store that the file lacks.',
    ]);
  });
});

describe('the order of writes', () => {
  const allow = aMapping();
  const deny = aMapping({ effect: 'deny', subject: 'repo:acme/api:*' });

  test('a deny comes before the allow beside it, and goes after it', async () => {
    await applied(file());
    await applied(file({ mappings: [allow, deny] }));
    expect(written()).toEqual([['+ A payments/stripe: deny'], ['+ E payments/stripe: allow']]);
    await applied(file());
    expect(written()).toEqual([['- E payments/stripe'], ['- A payments/stripe']]);
  });

  test('in one cell too', async () => {
    const [one, two] = [aMapping({ effect: 'deny' }), aMapping({ effect: 'deny', fields: ['x'] })];
    await applied(file({ mappings: [one] }));
    await applied(file({ mappings: [two, allow] }));
    expect(written()).toEqual([
      ['+ E payments/stripe: deny deny'],
      ['+ E payments/stripe: allow deny deny'],
      ['+ E payments/stripe: allow deny'],
    ]);
  });

  test('an edited rule is swapped in one write', async () => {
    await applied(file({ mappings: [allow] }));
    await applied(file({ mappings: [aMapping({ fields: ['api_key'] })] }));
    expect(written()).toEqual([['+ E payments/stripe: allow']]);
  });

  test('a rule that is edited into another cell comes there before it goes here', async () => {
    await applied(file({ mappings: [allow] }));
    await applied(file({ mappings: [aMapping({ subject: 'repo:acme/api:*' })] }));
    expect(written()).toEqual([['+ A payments/stripe: allow', '- E payments/stripe']]);
  });

  test('the copies of a wide cell are one transaction', async () => {
    await applied(file());
    await applied(
      file({ mappings: Array.from({ length: 40 }, (_, at) => aMapping({ subject: '**', secret: `n${at}` })) }),
    );
    for (const changes of table.writes) {
      expect(changes.length).toBeLessThanOrEqual(100);
      for (const same of Map.groupBy(changes.slice(1), ({ sk }) => sk).values()) expect(same).toHaveLength(8);
    }
    expect(written().flat()).toHaveLength(320);
    expect(table.writes).toHaveLength(4);
  });

  test('an issuer’s entry and all copies of its state are one transaction', async () => {
    await applied(file({ mappings: [allow] }));
    await applied(file({ issuers: [anIssuer({ maxTokenAge: 60 })], mappings: [allow] }));
    expect(written()).toEqual([['+ I 22:https://issuer.example', ...Array.from({ length: 8 }, () => '+ W !')]]);
  });

  test('an issuer is suspended before anything is granted', async () => {
    await applied(file());
    await applied(file({ issuers: [anIssuer({ state: 'suspended' })], mappings: [allow] }));
    expect(written().map(([first]) => first)).toEqual(['+ I 22:https://issuer.example', '+ E payments/stripe: allow']);
  });

  test('a rule that goes is gone before its issuer’s demands are loosened or its name leads elsewhere', async () => {
    const secrets = [{ secret: 'payments/stripe', ref: 'old' }];
    await applied(file({ issuers: [anIssuer({ require: ['sealed'] })], secrets, mappings: [allow] }));
    const edited = [aMapping({ require: ['sealed'] })];
    await applied(file({ issuers: [anIssuer()], secrets, mappings: edited }));
    expect(written().map(([first]) => first)).toEqual([
      '- E payments/stripe',
      '+ I 22:https://issuer.example',
      '+ E payments/stripe: allow',
    ]);
    await applied(file({ secrets: [{ secret: 'payments/stripe', ref: 'new' }], mappings: [allow] }));
    expect(written().flat()).toEqual(['- E payments/stripe', '+ S payments/stripe', '+ E payments/stripe: allow']);
  });
});
