import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { issuerFromJson, issuerToJson } from '../../../lib/entries/issuer.ts';
import { mappingFromJson, mappingToJson } from '../../../lib/entries/mapping.ts';
import { storeFromJson, storeToJson } from '../../../lib/entries/store.ts';
import type { Json, JsonObject } from '../../../lib/wire/strict-json.ts';
import { catalogOf } from '../catalog-file/reading.ts';

const { issuers, stores, mappings } = catalogOf(
  readFileSync(new URL('../../../catalog.example.yaml', import.meta.url), 'utf8'),
);
const throughJson = (item: JsonObject) => JSON.parse(JSON.stringify(item)) as JsonObject;
const refusal = { code: 'store_unavailable', message: 'The catalog holds an entry that cannot be read.' };

function expectRefused(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    expect(error).toMatchObject(refusal);
    return;
  }
  expect.fail('what cannot be read was let through');
}

describe('entries in the table', () => {
  it('come back as they went in', () => {
    expect(mappings.map((one) => mappingFromJson(throughJson(mappingToJson(one))))).toEqual(mappings);
    expect(issuers.map((one) => issuerFromJson(throughJson(issuerToJson(one))))).toEqual(issuers);
    expect(stores.map((one) => storeFromJson(throughJson(storeToJson(one))))).toEqual(stores);
  });

  it('leave out what is absent or, in a mapping, the default mode', () => {
    const [, , pattern] = mappings.map(mappingToJson);
    expect(Object.keys(pattern!).sort()).toEqual(['effect', 'id', 'issuer', 'secret', 'subject']);
  });

  it.each([null, 1, 'x', [], {}])('refuse %j', (json) => {
    for (const read of [mappingFromJson, issuerFromJson, storeFromJson]) expectRefused(() => read(json as Json));
  });

  const full: JsonObject = {
    id: 'm_1',
    secret: 'a',
    issuer: 'i',
    subject: 's',
    claims: { a: 1 },
    fields: ['f'],
    versions: [1],
    not_before: 1,
    expires_at: 2,
    require: ['sealed'],
    effect: 'deny',
    mode: 'shadow',
  };

  it('take a mapping with every member', () => {
    const { not_before: notBefore, expires_at: expiresAt, ...same } = full;
    expect(mappingFromJson(full)).toEqual({ ...same, notBefore, expiresAt });
  });

  it.each(['id', 'secret', 'issuer', 'subject', 'effect'])('refuse a mapping without %s', (member) => {
    const { [member]: _, ...rest } = full;
    expectRefused(() => mappingFromJson(rest));
  });

  it.each([
    ['id', 1],
    ['secret', null],
    ['issuer', ''],
    ['subject', ['s']],
    ['claims', []],
    ['claims', { a: null }],
    ['claims', { a: { b: 1 } }],
    ['claims', { a: [] }],
    ['claims', { a: [['x']] }],
    ['fields', 'f'],
    ['fields', []],
    ['fields', ['']],
    ['versions', [0]],
    ['versions', [1.5]],
    ['not_before', '1'],
    ['expires_at', 1.5],
    ['expires_at', null],
    ['require', ['signed']],
    ['effect', 'Deny'],
    ['mode', 'enforce '],
    ['a_condition_of_a_newer_release', true],
  ])('refuse a mapping whose %s is %j: it may be the deny', (member, value) => {
    expectRefused(() => mappingFromJson({ ...full, [member]: value as Json }));
  });

  it.each([
    ['kind', 'saml'],
    ['audience', undefined],
    ['algorithms', ['HS256']],
    ['algorithms', []],
    ['discovery', false],
    ['discovery', undefined],
    ['jwks_uri', 'https://second.example'],
    ['jwks', { keys: [] }],
    ['max_token_age', '10m'],
    ['no_exp', 'false'],
    ['require', 'sealed'],
    ['jti', undefined],
    ['subject_anchor', 0],
    ['state', 'on'],
    ['revision', ''],
    ['extra', 1],
  ])('refuse an issuer whose %s is %j', (member, value) => {
    const item = throughJson({ ...issuerToJson(issuers[0]!), [member]: value as Json });
    expectRefused(() => issuerFromJson(item));
  });

  it.each([
    ['name', ''],
    ['kind', 'vault'],
    ['default', 1],
    ['direct', ''],
    ['extra', 1],
  ])('refuse a store whose %s is %j', (member, value) => {
    expectRefused(() => storeFromJson({ ...storeToJson(stores[0]!), [member]: value as Json }));
  });
});
