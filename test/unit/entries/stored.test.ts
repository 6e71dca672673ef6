import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { issuerToJson } from '../../../lib/entries/issuer.ts';
import { mappingToJson } from '../../../lib/entries/mapping.ts';
import { storeToJson } from '../../../lib/entries/store.ts';
import { catalogOf } from '../catalog-file/reading.ts';

const NKEY = 'ACOJJN6WUP4ODD75XEBKKTCCUJJCY5ZKQ56XVKYK4BEJWGVAOOQHZMCW';

/** Every member of every section at least once, and each section with an entry that leaves out all it can. */
const EVERY_MEMBER = `
issuers:
  - issuer: https://full.example
    kind: oidc
    audience: https://secrets.example.com
    algorithms: [ES384, EdDSA]
    jwks_uri: https://full.example/keys
    max_token_age: 10m
    max_lifetime: 1h
    no_exp: true
    require: [sealed, proof]
    jti: once
    subject_anchor: 2
    anchor_claim: repository_id
    state: suspended
  - issuer: https://plant.example.com
    audience: https://secrets.example.com
    algorithms: [ES256]
    jwks:
      keys:
        - { kty: EC, crv: P-256, kid: plant-1, x: f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU, y: x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0 }
  - { issuer: https://least.example, audience: a }
  - { issuer: ${NKEY}, kind: nkey }
stores:
  - { direct: prod/, default: true, kind: secrets-manager, name: aws }
  - { name: local, kind: embedded }
secrets:
  - { secret: payments/stripe, store: aws, ref: stripe }
mappings:
  - mode: shadow
    effect: allow
    require: [sealed, cnf]
    expires_at: 2027-01-01T00:00:00Z
    not_before: 2026-11-22T10:00:00+01:30
    versions: [current, 3, 9f1c-a]
    fields: [api_key]
    claims: { /a/0: [x, 1, true], b: "*" }
    subject: repo:acme/api:**
    issuer: https://full.example
    secret: payments/*
  - { secret: payments/stripe, issuer: https://least.example, subject: s }
  - { secret: payments/stripe, issuer: https://least.example, subject: s, effect: deny }
`;

describe('ids, fingerprints and stored forms', () => {
  const { issuers, stores, mappings } = catalogOf(EVERY_MEMBER);

  it('are the same in every release: a catalog that is applied again does not change', () => {
    expect(issuers.map((entry) => JSON.stringify(issuerToJson(entry)))).toEqual([
      '{"issuer":"https://full.example","kind":"oidc","audience":"https://secrets.example.com","algorithms":["ES384","EdDSA"],"jwks_uri":"https://full.example/keys","max_token_age":600,"max_lifetime":3600,"no_exp":true,"require":["sealed","proof"],"jti":"once","subject_anchor":2,"anchor_claim":"repository_id","state":"suspended","revision":"AiecxFvm8g1AV5ym"}',
      '{"issuer":"https://plant.example.com","kind":"oidc","audience":"https://secrets.example.com","algorithms":["ES256"],"jwks":{"keys":[{"kty":"EC","crv":"P-256","kid":"plant-1","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]},"no_exp":false,"jti":"any","subject_anchor":3,"state":"active","revision":"fk7Iae8lXqe4mf_W"}',
      '{"issuer":"https://least.example","kind":"oidc","audience":"a","algorithms":["RS256","ES256"],"discovery":true,"no_exp":false,"jti":"any","subject_anchor":3,"state":"active","revision":"x5vnu0jUatZ5xzwr"}',
      '{"issuer":"ACOJJN6WUP4ODD75XEBKKTCCUJJCY5ZKQ56XVKYK4BEJWGVAOOQHZMCW","kind":"nkey","algorithms":["Ed25519"],"no_exp":false,"jti":"any","subject_anchor":3,"state":"active","revision":"C8CukyJdi1SAuEWC"}',
    ]);
    expect(stores.map((entry) => JSON.stringify(storeToJson(entry)))).toEqual([
      '{"name":"aws","kind":"secrets-manager","default":true,"direct":"prod/"}',
      '{"name":"local","kind":"embedded","default":false}',
    ]);
    expect(mappings.map((mapping) => JSON.stringify(mappingToJson(mapping)))).toEqual([
      '{"id":"m_ZSd_J23SUZrRSwiI","secret":"payments/*","issuer":"https://full.example","subject":"repo:acme/api:**","claims":{"/a/0":["x",1,true],"b":"*"},"fields":["api_key"],"versions":["current",3,"9f1c-a"],"not_before":1795336200,"expires_at":1798761600,"require":["sealed","cnf"],"effect":"allow","mode":"shadow"}',
      '{"id":"m_RMJs0tgtvCPlj6sp","secret":"payments/stripe","issuer":"https://least.example","subject":"s","effect":"allow"}',
      '{"id":"m_qI1IorZG39M17nQ5","secret":"payments/stripe","issuer":"https://least.example","subject":"s","effect":"deny"}',
    ]);
  });

  it('are the same for the example as in every release', () => {
    const example = catalogOf(readFileSync(new URL('../../../catalog.example.yaml', import.meta.url), 'utf8'));
    expect(example.issuers.map(({ fingerprint }) => fingerprint)).toEqual([
      'aHFVe_l7gjcK05Rp',
      'I1mNijsUaoj7qSKy',
      'fk7Iae8lXqe4mf_W',
      'Xfmemb5Zct8v_Jph',
    ]);
    expect(example.mappings.map(({ id }) => id)).toEqual([
      'm_eRkbC0KQfcbURXHt',
      'm_LWtwAstfgX2ydUFN',
      'm_WT1S7vsJAGUiViee',
      'm_O2tmFDP9JYgMk_fz',
      'm_HN5-4EIrOgH7hrqa',
      'm_xeUfBI6K9oOjsVMV',
      'm_VvZhAebReWx1W5xg',
    ]);
  });
});
