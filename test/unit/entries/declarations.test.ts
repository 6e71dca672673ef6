import { describe, expect, expectTypeOf, it } from 'vitest';
import { codecOf } from '../../../lib/entries/codec.ts';
import { ISSUER } from '../../../lib/entries/issuer.ts';
import { entrySchema } from '../../../lib/entries/json-schema.ts';
import { duration, flag, type Misfit } from '../../../lib/entries/kind.ts';
import { MAPPING } from '../../../lib/entries/mapping.ts';
import {
  type ContentOf,
  type EntryOf,
  type Members,
  optional,
  propertyOf,
  readEntry,
  required,
  withDefault,
} from '../../../lib/entries/member.ts';
import { SECRET } from '../../../lib/entries/secret.ts';
import { STORE, storeName } from '../../../lib/entries/store.ts';

/** The mapping of a later release: each of the first three members is one line more. */
const LATER = {
  ...MAPPING,
  most_reads_for: optional(duration),
  only_once: withDefault(flag, false),
  owner_team: required(storeName),
};

const written = { secret: 'a', issuer: 'i', subject: 's', most_reads_for: '10m', owner_team: 'core' };

/** What a written entry means, and what is wrong with it. */
function read(raw: Readonly<Record<string, unknown>>) {
  const misfits: Misfit[] = [];
  return { content: readEntry(LATER, raw, (misfit) => misfits.push(misfit)), misfits };
}

describe('a member that is added to a declaration', () => {
  it('is a member of the type, in camel case', () => {
    type Added = Pick<EntryOf<typeof LATER>, 'mostReadsFor' | 'onlyOnce' | 'ownerTeam'>;
    expectTypeOf<Added>().toEqualTypeOf<{
      readonly mostReadsFor?: number;
      readonly onlyOnce: boolean;
      readonly ownerTeam: string;
    }>();
    expectTypeOf<keyof EntryOf<typeof LATER>>().extract<'id'>().toEqualTypeOf<'id'>();
    expectTypeOf<keyof ContentOf<typeof LATER>>().extract<'id'>().toBeNever();
  });

  it('is read as an operator writes it, with its default', () => {
    expect(read(written)).toEqual({
      misfits: [],
      content: {
        secret: 'a',
        issuer: 'i',
        subject: 's',
        effect: 'allow',
        mode: 'enforce',
        mostReadsFor: 600,
        onlyOnce: false,
        ownerTeam: 'core',
      },
    });
    expect(read({ ...written, only_once: true }).content).toMatchObject({ onlyOnce: true });
  });

  it('is checked, and its name is one that a slip may have meant', () => {
    const { owner_team: _, ...without } = written;
    expect(read(without)).toEqual({
      content: undefined,
      misfits: [{ expected: 'a store name', found: undefined, path: ['owner_team'] }],
    });
    const { content, misfits } = read({ ...written, only_one: true, most_reads_for: 1 });
    expect(content).toBeUndefined();
    expect(misfits.map(({ path, words }) => [path, words?.includes('only_once')])).toEqual([
      [['only_one'], true],
      [['most_reads_for'], undefined],
    ]);
  });

  it('is stored, and comes back', () => {
    const { toJson, fromJson } = codecOf(LATER);
    const { content } = read(written);
    const stored = toJson({ ...content!, id: 'm_1' });
    expect(stored).toMatchObject({ most_reads_for: 600, only_once: false, owner_team: 'core' });
    expect(fromJson(stored)).toEqual({ ...content, id: 'm_1' });
    const { owner_team: _, ...without } = stored;
    for (const wrong of [without, { ...stored, only_once: 1 }, { ...stored, another: 1 }]) {
      expect(() => fromJson(wrong)).toThrow('The catalog holds an entry that cannot be read.');
    }
  });

  it('has its JSON Schema', () => {
    const { properties, required: needed } = entrySchema(LATER);
    expect(properties).toMatchObject({
      only_once: { type: 'boolean', default: false },
      owner_team: { type: 'string' },
    });
    expect(needed).toEqual(['secret', 'issuer', 'subject', 'owner_team']);
  });
});

describe('the declarations', () => {
  it.each<[string, Members]>([
    ['issuers', ISSUER],
    ['stores', STORE],
    ['secrets', SECRET],
    ['mappings', MAPPING],
  ])('give each member of %s a name of its own in code', (_, members) => {
    const properties = Object.entries(members).map(([name, member]) => propertyOf(name, member));
    expect(new Set(properties).size).toBe(properties.length);
  });

  it('call what an issuer stores as its revision a fingerprint: a revision is a version of a secret', () => {
    expect(propertyOf('revision', ISSUER.revision)).toBe('fingerprint');
    expectTypeOf<EntryOf<typeof ISSUER>>().toHaveProperty('fingerprint');
    expectTypeOf<keyof EntryOf<typeof ISSUER>>().extract<'revision'>().toBeNever();
  });

  it('let an operator write of a secret its name and its place only', () => {
    expectTypeOf<ContentOf<typeof SECRET>>().toEqualTypeOf<{
      readonly secret: string;
      readonly store?: string;
      readonly ref: string;
    }>();
    const written = Object.entries(SECRET).flatMap(([name, member]) => ('written' in member ? [name] : []));
    expect(written).toEqual(['secret', 'store', 'ref']);
  });
});
