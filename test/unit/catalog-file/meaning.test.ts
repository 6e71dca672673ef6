import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseCatalogFile } from '../../../lib/catalog-file/catalog-file.ts';
import { doubtfulRules } from '../../../lib/catalog-file/warnings.ts';
import { identifyIssuer, identifyMapping } from '../../../lib/entries/ids.ts';
import { catalogOf, withIssuer, withMapping } from './reading.ts';

const FITS = ['issuer: https://i.example', 'subject: s'];

describe('what a file means', () => {
  it('the example has no faults and no warnings', () => {
    const catalog = catalogOf(readFileSync(new URL('../../../catalog.example.yaml', import.meta.url), 'utf8'));
    expect(doubtfulRules(catalog, { now: Date.UTC(2026, 10, 1) / 1000 })).toEqual([]);
    const sources = ['discovery', 'jwksUri', 'jwks'] as const;
    expect(catalog.issuers.map((issuer) => sources.filter((source) => issuer[source] !== undefined))).toEqual([
      ['discovery'],
      ['jwksUri'],
      ['jwks'],
      [],
    ]);
    expect(catalog.mappings.map(({ effect, mode }) => `${effect} ${mode}`)).toEqual([
      ...Array(5).fill('allow enforce'),
      'deny enforce',
      'deny shadow',
    ]);
  });

  it('every member of an issuer is read', () => {
    const [issuer] = catalogOf(
      withIssuer(
        'audience: https://b.example',
        'algorithms: [ES384, EdDSA]',
        'jwks_uri: https://i.example/keys',
        'max_token_age: 90s',
        'max_lifetime: 2d',
        'no_exp: true',
        'require: [proof]',
        'jti: once',
        'subject_anchor: 2',
        'anchor_claim: repository_id',
        'state: suspended',
      ),
    ).issuers;
    expect(issuer).toEqual({
      issuer: 'https://i.example',
      kind: 'oidc',
      audience: 'https://b.example',
      algorithms: ['ES384', 'EdDSA'],
      jwksUri: 'https://i.example/keys',
      maxTokenAge: 90,
      maxLifetime: 172_800,
      noExp: true,
      require: ['proof'],
      jti: 'once',
      subjectAnchor: 2,
      anchorClaim: 'repository_id',
      state: 'suspended',
      fingerprint: expect.stringMatching(/^[\w-]{16}$/),
    });
  });

  it('an issuer with only an audience gets the defaults', () => {
    expect(catalogOf(withIssuer('audience: a')).issuers[0]).toMatchObject({
      kind: 'oidc',
      algorithms: ['RS256', 'ES256'],
      discovery: true,
      noExp: false,
      require: [],
      jti: 'any',
      subjectAnchor: 3,
      state: 'active',
    });
  });

  it('mappings can name an issuer that is trusted besides those of the file', () => {
    const text = 'mappings: [{ secret: a, issuer: https://dev.example, subject: s }]';
    expect(parseCatalogFile(text)).toHaveProperty('faults.0.path', 'mappings[0].issuer');
    const read = parseCatalogFile(text, [{ issuer: 'https://dev.example', audience: 'a' }]);
    expect(read).toHaveProperty('catalog.issuers.0.issuer', 'https://dev.example');
  });

  it('every member of a mapping is read', () => {
    const { mappings, positions } = catalogOf(
      withMapping(
        ...FITS,
        'claims: { /a/0: [x, 1, true], b: "*" }',
        'fields: [f]',
        'versions: [current, 3, 9f1c-a]',
        'not_before: 2026-11-22T10:00:00+01:30',
        'expires_at: 2027-01-01t00:00:00z',
        'require: [sealed]',
        'effect: allow',
        'mode: shadow',
      ),
    );
    const [mapping] = mappings;
    expect(mapping).toEqual({
      id: expect.stringMatching(/^m_[\w-]{16}$/),
      secret: 'a',
      issuer: 'https://i.example',
      subject: 's',
      claims: { '/a/0': ['x', 1, true], b: '*' },
      fields: ['f'],
      versions: ['current', 3, '9f1c-a'],
      notBefore: Date.UTC(2026, 10, 22, 8, 30) / 1000,
      expiresAt: Date.UTC(2027, 0, 1) / 1000,
      require: ['sealed'],
      effect: 'allow',
      mode: 'shadow',
    });
    expect(positions?.get(mapping!.id)).toEqual({ line: 5, column: 5 });
  });

  it('a mapping with only the required members gets the defaults', () => {
    expect(catalogOf(withMapping(...FITS)).mappings[0]).toMatchObject({ effect: 'allow', mode: 'enforce' });
  });
});

describe('ids and fingerprints', () => {
  const rule = { secret: 'a', issuer: 'i', subject: 's', effect: 'allow', mode: 'enforce' } as const;
  const { id } = identifyMapping(rule);

  it('depend only on the content, not on how or in which file it is written', () => {
    const content = '{"effect":"allow","issuer":"i","secret":"a","subject":"s"}';
    expect(id).toBe(`m_${createHash('sha256').update(content).digest('base64url').slice(0, 16)}`);
    const one = identifyMapping({ ...rule, claims: { a: ['x', 'y'], b: 1 }, versions: ['current', 3] });
    const other = identifyMapping({ versions: [3, 'current'], claims: { b: 1, a: ['y', 'x', 'x'] }, ...rule });
    expect(other.id).toBe(one.id);
  });

  it.each([
    { secret: 'b' },
    { issuer: 'j' },
    { subject: 't' },
    { effect: 'deny' as const },
    { mode: 'shadow' as const },
    { claims: { a: 1 } },
    { claims: { a: '1' } },
    { fields: ['f'] },
    { versions: [1] },
    { notBefore: 1 },
    { expiresAt: 1 },
    { require: ['sealed' as const] },
  ])('differ if the rule differs: %j', (change) => {
    expect(identifyMapping({ ...rule, ...change }).id).not.toBe(id);
  });

  it('of an issuer change with its content', () => {
    const { fingerprint, ...issuer } = catalogOf(withIssuer('audience: a')).issuers[0]!;
    expect(identifyIssuer(issuer).fingerprint).toBe(fingerprint);
    expect(identifyIssuer({ ...issuer, state: 'suspended' }).fingerprint).not.toBe(fingerprint);
    expect(identifyIssuer({ ...issuer, audience: 'b' }).fingerprint).not.toBe(fingerprint);
  });
});
