import { beforeEach, describe, expect, test } from 'vitest';
import { plan } from '../../../lib/apply/apply.ts';
import { createCatalog } from '../../../lib/catalog/catalog.ts';
import { openDatabase } from '../../../lib/embedded/database.ts';
import type { CatalogEntries } from '../../../lib/entries/catalog-entries.ts';
import { recordItemToJson } from '../../../lib/entries/secret.ts';
import { aCaller, aFile, applyFile, fill, type Spy, spyOn } from '../../kit/catalog-samples.ts';
import { sqliteTable } from '../../kit/catalog-table.ts';

const signal = new AbortController().signal;
const other = { name: 'other', kind: 'embedded' as const, default: false };
const none = { created: 0, changed: 0, removed: 0 };

let table: Spy;
beforeEach(() => {
  table = spyOn(sqliteTable(openDatabase(':memory:')));
});

const applied = (file: CatalogEntries) => applyFile(file, table);
const record = async (name: string) => (await createCatalog({ table }).view(aCaller('s'), [name], signal)).record(name);

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
  const stored = async () => JSON.parse((await table.get([key], signal))[0]?.data ?? 'null');

  test('stay if the file does not mention them', async () => {
    await upload();
    await applied(aFile());
    expect(await record('payments/stripe')).toEqual({ ...place, revisions, current: 4 });
  });

  test('stay unchanged if the file registers the same place, and when it no longer does', async () => {
    await upload();
    const { secret, store, ref } = place;
    expect((await applied(aFile({ secrets: [{ secret, store, ref }] }))).secrets).toEqual(none);
    await applied(aFile());
    expect(await record('payments/stripe')).toEqual({ ...place, revisions, current: 4 });
  });

  test('are a fault if the file registers another place, or drops their store', async () => {
    await upload();
    const moved = await plan(aFile({ secrets: [{ secret: 'payments/stripe', ref: 'elsewhere' }] }), table, signal);
    expect(moved.faults).toEqual([
      'The secret payments/stripe was uploaded to aws, ref uploaded, but the file registers aws, ref elsewhere. ' +
        'Register the store and ref of the upload, or remove the secret from the file.',
    ]);
    const dropped = await plan(aFile({ stores: [{ ...other, default: true }] }), table, signal);
    expect(dropped.faults).toEqual([
      'The secret payments/stripe was uploaded to aws, which is not under stores in the file. Add it there.',
    ]);
    await applied(aFile());
    expect((await plan(aFile({ stores: [] }), table, signal)).faults).toEqual([
      'The secret payments/stripe was uploaded to aws, which is not under stores in the file. ' +
        'Add { name: aws, kind: secrets-manager } there.',
    ]);
  });

  test('that the file registered keep their revision numbers while the place stays the same', async () => {
    await upload(true);
    expect((await applied(aFile({ secrets: [{ secret: 'payments/stripe', ref: 'uploaded' }] }))).secrets).toEqual(none);
    expect(await record('payments/stripe')).toEqual({ ...place, revisions, current: 4 });
  });

  test('never use a revision number again, after a move or after removal and return', async () => {
    await upload(true);
    await applied(aFile({ secrets: [{ secret: 'payments/stripe', ref: 'moved' }] }));
    expect(await stored()).toEqual({
      secret: 'payments/stripe',
      managed: 'file',
      highest: 4,
      store: 'aws',
      ref: 'moved',
      revisions: [],
    });
    expect((await applied(aFile())).secrets).toEqual({ ...none, removed: 1 });
    expect(await stored()).toEqual({ secret: 'payments/stripe', managed: 'file', highest: 4, gone: true });
    expect(await record('payments/stripe')).toBeUndefined();
    expect((await applied(aFile({ secrets: [{ secret: 'payments/stripe', ref: 'back' }] }))).secrets).toEqual({
      ...none,
      created: 1,
    });
    expect(await stored()).toMatchObject({ highest: 4, ref: 'back' });
  });
});
