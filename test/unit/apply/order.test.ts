import { beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../../../lib/embedded/database.ts';
import type { CatalogEntries } from '../../../lib/entries/catalog-entries.ts';
import type { Mapping } from '../../../lib/entries/mapping.ts';
import { aFile, aMapping, anIssuer, applyFile, type Spy, spyOn } from '../../kit/catalog-samples.ts';
import { sqliteTable } from '../../kit/catalog-table.ts';

let table: Spy;
beforeEach(() => {
  table = spyOn(sqliteTable(openDatabase(':memory:')));
});

/** Applies a file, and forgets what was written before. */
async function applied(file: CatalogEntries): Promise<void> {
  table.writes.length = 0;
  await applyFile(file, table);
}

/** The transactions written, each as `+ E payments/stripe: allow deny` or `- …`, without the count. */
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

describe('the order of writes', () => {
  const allow = aMapping();
  const deny = aMapping({ effect: 'deny', subject: 'repo:acme/api:*' });

  test('a deny is added before the allow rule next to it, and removed after it', async () => {
    await applied(aFile());
    await applied(aFile({ mappings: [allow, deny] }));
    expect(written()).toEqual([['+ A payments/stripe: deny'], ['+ E payments/stripe: allow']]);
    await applied(aFile());
    expect(written()).toEqual([['- E payments/stripe'], ['- A payments/stripe']]);
  });

  test('a deny is added first and removed last within one cell, too', async () => {
    const [one, two] = [aMapping({ effect: 'deny' }), aMapping({ effect: 'deny', fields: ['x'] })];
    await applied(aFile({ mappings: [one] }));
    await applied(aFile({ mappings: [two, allow] }));
    expect(written()).toEqual([
      ['+ E payments/stripe: deny deny'],
      ['+ E payments/stripe: allow deny deny'],
      ['+ E payments/stripe: allow deny'],
    ]);
  });

  test('an edited rule is swapped in one write', async () => {
    await applied(aFile({ mappings: [allow] }));
    await applied(aFile({ mappings: [aMapping({ fields: ['api_key'] })] }));
    expect(written()).toEqual([['+ E payments/stripe: allow']]);
  });

  test('a rule that is edited into another cell is added there before it is removed here', async () => {
    await applied(aFile({ mappings: [allow] }));
    await applied(aFile({ mappings: [aMapping({ subject: 'repo:acme/api:*' })] }));
    expect(written()).toEqual([['+ A payments/stripe: allow', '- E payments/stripe']]);
  });

  test('the copies of a wide cell are one transaction', async () => {
    await applied(aFile());
    await applied(
      aFile({ mappings: Array.from({ length: 40 }, (_, at) => aMapping({ subject: '**', secret: `n${at}` })) }),
    );
    for (const changes of table.writes) {
      expect(changes.length).toBeLessThanOrEqual(100);
      for (const same of Map.groupBy(changes.slice(1), ({ sk }) => sk).values()) expect(same).toHaveLength(8);
    }
    expect(written().flat()).toHaveLength(320);
    expect(table.writes).toHaveLength(4);
  });

  test('an issuer’s entry and all copies of its state are one transaction', async () => {
    await applied(aFile({ mappings: [allow] }));
    await applied(aFile({ issuers: [anIssuer({ maxTokenAge: 60 })], mappings: [allow] }));
    expect(written()).toEqual([['+ I 22:https://issuer.example', ...Array.from({ length: 8 }, () => '+ W !')]]);
  });

  test('an issuer is suspended before anything is granted', async () => {
    await applied(aFile());
    await applied(aFile({ issuers: [anIssuer({ state: 'suspended' })], mappings: [allow] }));
    expect(written().map(([first]) => first)).toEqual(['+ I 22:https://issuer.example', '+ E payments/stripe: allow']);
  });

  test('a dropped rule is removed before its issuer demands less or its name moves', async () => {
    const secrets = [{ secret: 'payments/stripe', ref: 'old' }];
    await applied(aFile({ issuers: [anIssuer({ require: ['sealed'] })], secrets, mappings: [allow] }));
    const edited = [aMapping({ require: ['sealed'] })];
    await applied(aFile({ issuers: [anIssuer()], secrets, mappings: edited }));
    expect(written().map(([first]) => first)).toEqual([
      '- E payments/stripe',
      '+ I 22:https://issuer.example',
      '+ E payments/stripe: allow',
    ]);
    await applied(aFile({ secrets: [{ secret: 'payments/stripe', ref: 'new' }], mappings: [allow] }));
    expect(written().flat()).toEqual(['- E payments/stripe', '+ S payments/stripe', '+ E payments/stripe: allow']);
  });
});
