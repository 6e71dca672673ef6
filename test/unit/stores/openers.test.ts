import { describe, expect, it } from 'vitest';
import { STORE_KIND_NAMES, type StoreKind } from '../../../lib/entries/store.ts';
import { OPENERS, type Openers, openStore, type StoreParts } from '../../../lib/stores/openers.ts';
import type { SecretReader, SecretWriter } from '../../../lib/stores/store.ts';
import { SecretValue } from '../../../lib/wire/secret-value.ts';

const { signal } = new AbortController();
const reader: SecretReader = {
  get: async ({ ref }) => ({ versionId: ref, value: new SecretValue(ref) }),
  getMany: async () => [],
};
const parts: Required<StoreParts> = { embedded: { reader }, 'secrets-manager': { reader } };

describe('kinds of stores', () => {
  it('all have a row in the table, which lists nothing else', () => {
    expect(Object.keys(OPENERS)).toEqual(STORE_KIND_NAMES);
    // @ts-expect-error a kind that is listed and has no row does not compile
    OPENERS satisfies Openers<StoreKind | 'made-up'>;
    // @ts-expect-error nor does a row for a kind that is not listed
    ({ ...OPENERS, 'made-up': () => reader }) satisfies Openers<StoreKind>;
  });

  it.each(STORE_KIND_NAMES)('%s opens for reading only', async (kind) => {
    const opened = openStore({ kind }, parts);
    expect((await opened.get({ ref: 'a', version: 'current' }, signal)).versionId).toBe('a');
    expect(Object.keys(opened).sort()).toEqual(['get', 'getMany']);
  });

  it.each(STORE_KIND_NAMES)('%s is unavailable to a broker without parts for it', (kind) => {
    expect(() => openStore({ kind }, { ...parts, [kind]: undefined })).toThrow(
      expect.objectContaining({ code: 'store_unavailable', message: 'This broker has no store of that kind.' }),
    );
  });

  it('hold Secrets Manager to the prefixes that the broker names', async () => {
    const opened = openStore({ kind: 'secrets-manager' }, { 'secrets-manager': { reader, prefixes: ['team/'] } });
    expect((await opened.get({ ref: 'team/a', version: 'current' }, signal)).versionId).toBe('team/a');
    await expect(opened.get({ ref: 'broker-keys', version: 'current' }, signal)).rejects.toMatchObject({
      code: 'store_unavailable',
    });
  });
});

it('readers and writers of values are unrelated types', () => {
  const writer = { put: async () => 'id', delete: async () => {}, describe: async () => ({ ids: [] }) };
  // @ts-expect-error a writer cannot stand in for a reader
  const asReader: SecretReader = writer satisfies SecretWriter;
  // @ts-expect-error nor a reader for a writer
  const asWriter: SecretWriter = reader;
  expect([asReader, asWriter]).toHaveLength(2);
});
