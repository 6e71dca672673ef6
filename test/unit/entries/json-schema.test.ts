import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSource } from '../../../lib/catalog-file/source.ts';
import { ISSUER } from '../../../lib/entries/issuer.ts';
import { entrySchema } from '../../../lib/entries/json-schema.ts';
import { MAPPING } from '../../../lib/entries/mapping.ts';
import { type Members, readEntry } from '../../../lib/entries/member.ts';
import { SECRET } from '../../../lib/entries/secret.ts';
import { STORE } from '../../../lib/entries/store.ts';

type Raw = Readonly<Record<string, unknown>>;

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false, allErrors: true });
const SECTIONS = { issuers: ISSUER, stores: STORE, secrets: SECRET, mappings: MAPPING };
const check = Object.fromEntries(
  Object.entries(SECTIONS).map(([name, members]) => [name, ajv.compile(entrySchema(members))]),
) as Record<keyof typeof SECTIONS, ReturnType<typeof ajv.compile>>;

const fitsFile = (members: Members, entry: Raw) => readEntry(members, entry, () => {}) !== undefined;

/** An entry of each section that says no more than it must. */
const LEAST = {
  issuers: { issuer: 'https://i.example', audience: 'a' },
  stores: { name: 'aws', kind: 'embedded' },
  secrets: { secret: 'a', ref: 'r' },
  mappings: { secret: 'a', issuer: 'https://i.example', subject: 's' },
} satisfies Record<keyof typeof SECTIONS, Raw>;

describe('the JSON Schema of an entry', () => {
  const example = readSource(readFileSync(new URL('../../../catalog.example.yaml', import.meta.url), 'utf8'));
  const { value } = example as unknown as { value: Record<keyof typeof SECTIONS, Raw[]> };

  it.each(Object.keys(SECTIONS) as (keyof typeof SECTIONS)[])('takes the %s of the example', (section) => {
    expect(value[section].length).toBeGreaterThan(0);
    for (const entry of [...value[section], LEAST[section]]) {
      expect([entry, check[section](entry), check[section].errors]).toEqual([entry, true, null]);
    }
  });

  const long = 'x'.repeat(2049);
  it.each<[keyof typeof SECTIONS, string, unknown]>([
    ['issuers', 'issuer', undefined],
    ['issuers', 'issuer', ''],
    ['issuers', 'issuer', ' https://i.example'],
    ['issuers', 'issuer', 'a\nb'],
    ['issuers', 'issuer', long],
    ['issuers', 'kind', 'odic'],
    ['issuers', 'kind', null],
    ['issuers', 'audience', undefined],
    ['issuers', 'audience', 1],
    ['issuers', 'algorithms', 'RS256'],
    ['issuers', 'algorithms', []],
    ['issuers', 'algorithms', ['HS256']],
    ['issuers', 'algorithms', ['RS256', 'RS256']],
    ['issuers', 'jwks_uri', 'http://i.example/keys'],
    ['issuers', 'jwks_uri', 'https://user@i.example'],
    ['issuers', 'jwks_uri', 'https://user:pass@i.example/keys'],
    ['issuers', 'jwks_uri', 'https://@i.example/keys'],
    ['issuers', 'jwks_uri', 'https://user@i.example?a'],
    ['issuers', 'jwks_uri', 'https://i.example\\@e.example/keys'],
    ['issuers', 'jwks_uri', 'https:///user@i.example/keys'],
    ['issuers', 'jwks_uri', 'https://i.example/keys#a'],
    ['issuers', 'jwks_uri', 'https://i.example/keys#'],
    ['issuers', 'jwks_uri', 'https://i.example/keys?a=1#b'],
    ['issuers', 'jwks_uri', 'https://i.example/ke ys'],
    ['issuers', 'jwks_uri', 'https://i.example/\u0001'],
    ['issuers', 'jwks_uri', `https://i.example/?${'a'.repeat(500)}`],
    ['issuers', 'jwks', 'k'],
    ['issuers', 'jwks', {}],
    ['issuers', 'jwks', { keys: [] }],
    ['issuers', 'jwks', { keys: Array(65).fill({}) }],
    ['issuers', 'jwks', { keys: [{}], more: 1 }],
    ['issuers', 'max_token_age', 600],
    ['issuers', 'max_token_age', '0s'],
    ['issuers', 'max_lifetime', '1 h'],
    ['issuers', 'no_exp', 'yes'],
    ['issuers', 'require', ['seald']],
    ['issuers', 'jti', 'twice'],
    ['issuers', 'subject_anchor', 0],
    ['issuers', 'subject_anchor', 9],
    ['issuers', 'subject_anchor', 1.5],
    ['issuers', 'anchor_claim', ''],
    ['issuers', 'anchor_claim', '/a~2'],
    ['issuers', 'state', 'off'],
    ['issuers', 'discovery', true],
    ['issuers', 'revision', 'x'],
    ['stores', 'name', 'A'],
    ['stores', 'name', 'x'.repeat(65)],
    ['stores', 'kind', undefined],
    ['stores', 'kind', 'vault'],
    ['stores', 'default', 1],
    ['stores', 'direct', 'prod'],
    ['stores', 'direct', ''],
    ['secrets', 'secret', 'a/*'],
    ['secrets', 'secret', '../a'],
    ['secrets', 'store', ''],
    ['secrets', 'ref', undefined],
    ['secrets', 'ref', long],
    ['secrets', 'value', 'hunter2'],
    ['secrets', 'managed', 'file'],
    ['mappings', 'secret', 'pay*'],
    ['mappings', 'secret', 'a/**'],
    ['mappings', 'secret', `${'a'.repeat(255)}/*`],
    ['mappings', 'issuer', undefined],
    ['mappings', 'subject', 'a***'],
    ['mappings', 'subject', 12],
    ['mappings', 'claims', {}],
    ['mappings', 'claims', []],
    ['mappings', 'claims', { a: null }],
    ['mappings', 'claims', { a: [] }],
    ['mappings', 'claims', { a: ['***'] }],
    ['mappings', 'claims', { a: [['x']] }],
    ['mappings', 'claims', { a: 2 ** 53 }],
    ['mappings', 'claims', { '/a~2': 'x' }],
    ['mappings', 'fields', 'f'],
    ['mappings', 'fields', ['']],
    ['mappings', 'versions', [0]],
    ['mappings', 'versions', [1.5]],
    ['mappings', 'versions', ['4']],
    ['mappings', 'versions', ['a/b']],
    ['mappings', 'not_before', '2027-01-01'],
    ['mappings', 'expires_at', 1_798_761_600],
    ['mappings', 'require', []],
    ['mappings', 'effect', 'alow'],
    ['mappings', 'mode', 'Shadow'],
    ['mappings', 'id', 'm_1'],
    ['mappings', 'efect', 'deny'],
  ])('refuses an entry of %s whose %s is %j, as the file does', (section, member, wrong) => {
    const { [member]: _, ...rest } = LEAST[section] as Raw;
    const entry = wrong === undefined ? rest : { ...rest, [member]: wrong };
    expect([check[section](entry), fitsFile(SECTIONS[section], entry)]).toEqual([false, false]);
  });

  it.each([
    'https://i.example',
    'https://i.example?a',
    'https://i.example/keys?appid=1',
    'https://i.example/keys?of=robot@p.example.com&v=1?2',
    'https://i.example/jwk/robot@p.example.com',
    'https://i.example:8443/@/keys',
    'https://[2606:4700::1111]/keys',
  ])('takes the jwks_uri %s, as the file does', (jwks_uri) => {
    const entry = { ...LEAST.issuers, jwks_uri };
    expect([check.issuers(entry), fitsFile(ISSUER, entry)]).toEqual([true, true]);
  });

  it('needs no audience of an nkey issuer, as the file does', () => {
    const entry = { issuer: 'A', kind: 'nkey' };
    expect([check.issuers(entry), fitsFile(ISSUER, entry)]).toEqual([true, true]);
  });

  it('states each default that does not depend on other members', () => {
    const defaults = Object.values(SECTIONS).map((members) =>
      Object.entries(entrySchema(members).properties as Record<string, Raw>).flatMap(([name, schema]) =>
        Object.hasOwn(schema, 'default') ? [[name, schema.default]] : [],
      ),
    );
    expect(defaults).toEqual([
      [
        ['kind', 'oidc'],
        ['no_exp', false],
        ['require', []],
        ['jti', 'any'],
        ['subject_anchor', 3],
        ['state', 'active'],
      ],
      [['default', false]],
      [],
      [
        ['effect', 'allow'],
        ['mode', 'enforce'],
      ],
    ]);
  });

  // A URL that no parser takes, the 30th of February, and a length in UTF-16 code units are beyond JSON Schema.
  it('agrees with the file about every member and value', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'Z', '0', '9', '*', '/', '.', '~', ' ', '\n', ':', '@', '-', '#', '\u2028', 'é'),
      maxLength: 6,
    });
    const word = fc.constantFrom('current', 'allow', 'nkey', 'sealed', 'RS256', '10m', 'x'.repeat(129), 'aws', 'p/q/');
    const scalar = fc.oneof(text, word, fc.boolean(), fc.integer({ min: -1, max: 10 }), fc.double(), fc.constant(null));
    const any = fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }), fc.dictionary(text, scalar, { maxKeys: 2 }));
    const change = fc.constantFrom(...(Object.keys(SECTIONS) as (keyof typeof SECTIONS)[])).chain((section) => {
      const names = Object.keys(SECTIONS[section]).filter((name) => name !== 'jwks_uri');
      return fc.record({ section: fc.constant(section), member: fc.constantFrom(...names), value: any });
    });
    fc.assert(
      fc.property(change, ({ section, member, value }) => {
        const entry = { ...LEAST[section], [member]: value };
        expect(check[section](entry)).toBe(fitsFile(SECTIONS[section], entry));
      }),
      { seed: 7, numRuns: 5_000 },
    );
  });
});
