import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ISSUER } from '../../../lib/entries/issuer.ts';
import { catalogOf, faultsOf, listOfMembers, withIssuer } from './reading.ts';

const AUDIENCE = 'audience: https://b.example';
const NKEY = 'ACOJJN6WUP4ODD75XEBKKTCCUJJCY5ZKQ56XVKYK4BEJWGVAOOQHZMCW';
const MEMBERS = listOfMembers(ISSUER);

const jwk = (key: KeyObject) => JSON.stringify(key.export({ format: 'jwk' }));
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });

describe('faults of issuers', () => {
  it.each([
    [[], "2:5 issuers[0].audience: expected the broker's audience, but it is missing"],
    [
      ['audiance: x', AUDIENCE],
      `3:5 issuers[0].audiance: expected one of ${MEMBERS}, found "audiance" (did you mean "audience"?)`,
    ],
    [[AUDIENCE, 'kind: odic'], '4:11 issuers[0].kind: expected "oidc" or "nkey", found "odic" (did you mean "oidc"?)'],
    [
      [AUDIENCE, 'algorithms: [HS256]'],
      '4:18 issuers[0].algorithms[0]: expected "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA" or "Ed25519", found "HS256" (did you mean "RS256"?)',
    ],
    [
      [AUDIENCE, 'algorithms: [none]'],
      '4:18 issuers[0].algorithms[0]: expected "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA" or "Ed25519", found "none"',
    ],
    [
      [AUDIENCE, 'max_token_age: 600'],
      '4:20 issuers[0].max_token_age: expected a duration such as 30s, 10m, 1h or 7d, found 600',
    ],
    [
      [AUDIENCE, 'max_lifetime: 1 h'],
      '4:19 issuers[0].max_lifetime: expected a duration such as 30s, 10m, 1h or 7d, found "1 h"',
    ],
    [
      [AUDIENCE, 'max_lifetime: 0s'],
      '4:19 issuers[0].max_lifetime: expected a duration such as 30s, 10m, 1h or 7d, found "0s"',
    ],
    [[AUDIENCE, 'no_exp: yes'], '4:13 issuers[0].no_exp: expected true or false, found "yes"'],
    [[AUDIENCE, 'jti: twice'], '4:10 issuers[0].jti: expected "any" or "once", found "twice"'],
    [[AUDIENCE, 'subject_anchor: 0'], '4:21 issuers[0].subject_anchor: expected a whole number from 1 to 8, found 0'],
    [[AUDIENCE, 'subject_anchor: 9'], '4:21 issuers[0].subject_anchor: expected a whole number from 1 to 8, found 9'],
    [[AUDIENCE, 'state: off'], '4:12 issuers[0].state: expected "active" or "suspended", found "off"'],
    [
      [AUDIENCE, 'jwks_uri: http://i.example/keys'],
      '4:15 issuers[0].jwks_uri: expected an https URL without a user name or fragment, found "http://i.example/keys"',
    ],
    [
      [AUDIENCE, 'jwks_uri: https://robot@i.example/keys'],
      '4:15 issuers[0].jwks_uri: expected an https URL without a user name or fragment, found "https://robot@i.example/keys"',
    ],
    [
      [AUDIENCE, 'jwks_uri: https://robot:hunter2@i.example/keys'],
      '4:15 issuers[0].jwks_uri: expected an https URL without a user name or fragment, found "https://robot:…@i.example/keys"',
    ],
    [
      [AUDIENCE, `jwks_uri: https://robot:p@ss/${'w'.repeat(80)}@i.example/keys`],
      '4:15 issuers[0].jwks_uri: expected an https URL without a user name or fragment, found "https://robot:…@i.example/keys"',
    ],
    [
      [AUDIENCE, 'jwks_uri: https://i.example/keys#first'],
      '4:15 issuers[0].jwks_uri: expected an https URL without a user name or fragment, found "https://i.example/keys#first"',
    ],
    [[AUDIENCE, 'algorithms: RS256'], '4:17 issuers[0].algorithms: expected a list such as [RS256], found "RS256"'],
    [[AUDIENCE, 'jwks: k'], '4:11 issuers[0].jwks: expected a map with keys, found "k"'],
    [[AUDIENCE, 'jwks: {}'], '4:11 issuers[0].jwks.keys: expected a list, but it is missing'],
    [[AUDIENCE, 'jwks: { keys: [] }'], '4:19 issuers[0].jwks.keys: expected at least one value, found an empty list'],
    [[AUDIENCE, 'jwks: { keys: [k] }'], '4:20 issuers[0].jwks.keys[0]: expected a public key as a JWK'],
    [
      [AUDIENCE, 'jwks: { keys: [{ kty: EC }] }'],
      '4:20 issuers[0].jwks.keys[0]: expected a public key as a JWK of kty EC with crv, x, y; missing: crv, x, y',
    ],
    [[AUDIENCE, `jwks: { keys: [${jwk(p256.publicKey)}], x: 1 }`], '4:127 issuers[0].jwks.x: expected keys, found "x"'],
  ])('%j', (lines, expected) => {
    const [fault, ...more] = faultsOf(withIssuer(...lines));
    expect(fault?.replace(/4:1[0-9]{2} /, '4:127 ')).toBe(`catalog.yaml:${expected}`);
    expect(more).toEqual([]);
  });

  it.each([
    ['http://i.example', 'expected an https URL without a user name, query or fragment'],
    ['https://user@i.example', 'expected an https URL without a user name, query or fragment'],
    ['https://i.example?tenant=1', 'expected an https URL without a user name, query or fragment'],
    ['i.example', 'expected an https URL without a user name, query or fragment'],
    ['http://localhost.evil.example', 'expected an https URL without a user name, query or fragment'],
    ['http://127.0.0.1:8080', 'expected jwks next to an http issuer, since its keys cannot be fetched'],
    [NKEY, 'expected kind: nkey, since the issuer is an nkey'],
  ])('issuer: %s', (issuer, expected) => {
    const text = withIssuer(AUDIENCE).replace('https://i.example', issuer);
    expect(faultsOf(text)).toEqual([`catalog.yaml:2:13 issuers[0].issuer: ${expected}`]);
  });

  it('name the earlier entry of a duplicate issuer', () => {
    const text = `${withIssuer(AUDIENCE)}\n  - { issuer: https://i.example, audience: other }`;
    expect(faultsOf(text)).toEqual([
      'catalog.yaml:4:15 issuers[1].issuer: expected each issuer only once, found it in issuers[0] as well',
    ]);
  });

  it('refuse two sources of keys', () => {
    const keys = `jwks: { keys: [${jwk(p256.publicKey)}] }`;
    expect(faultsOf(withIssuer(AUDIENCE, keys, 'jwks_uri: https://i.example/keys'))).toEqual([
      'catalog.yaml:5:5 issuers[0].jwks_uri: expected only one source of keys, found jwks as well',
    ]);
  });

  it.each([
    ['issuer: ACOJ', 'issuers[0].issuer: expected the public nkey of an account (A and 55 more characters)'],
    [
      `issuer: ${NKEY.replace('A', 'U')}`,
      'issuers[0].issuer: expected the public nkey of an account (A and 55 more characters)',
    ],
    [
      `issuer: ${NKEY}, algorithms: [RS256]`,
      'issuers[0].algorithms: expected [Ed25519], the only algorithm of nkey issuers',
    ],
    [
      `issuer: ${NKEY}, jwks_uri: https://i.example`,
      "issuers[0].jwks_uri: expected no keys: an nkey issuer's key is its name",
    ],
  ])('of kind nkey, %s', (members, expected) => {
    const faults = faultsOf(`issuers:\n  - { kind: nkey, ${members} }`);
    expect(faults.map((line) => line.replace(/^\S+ /, ''))).toEqual([expected]);
  });
});

describe('keys in the file', () => {
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
  const ed25519 = generateKeyPairSync('ed25519').publicKey;
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey;
  const x25519 = generateKeyPairSync('x25519').publicKey;
  const PRIVATE =
    'expected a public key, found a private or symmetric one: remove it, and replace the key pair if the file was shared';
  const FITTING = "expected a key for one of the issuer's algorithms (RS256, ES256); this one fits";

  it.each([
    ['a private key', jwk(p256.privateKey), PRIVATE],
    ['a symmetric key', '{"kty":"oct","k":"c2VjcmV0"}', PRIVATE],
    ['a small RSA key', jwk(small), 'expected an RSA key of 2048 to 8192 bits'],
    ['an Ed25519 key', jwk(ed25519), `${FITTING} EdDSA, Ed25519`],
    ['a P-384 key', jwk(p384), `${FITTING} ES384`],
    ['an X25519 key', jwk(x25519), 'expected a key that verifies signatures: RSA, P-256, P-384, P-521 or Ed25519'],
    [
      'an Ed25519 key of small order',
      '{"kty":"OKP","crv":"Ed25519","x":"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}',
      'expected an Ed25519 key that is not of small order',
    ],
    ...[
      ['RSA', '"e":"AQAB"', 'n, e', 'n'],
      ['RSA', '"n":"AQ"', 'n, e', 'e'],
      ['EC', '"crv":"P-256","x":"AQ"', 'crv, x, y', 'y'],
      ['OKP', '"crv":"Ed25519"', 'crv, x', 'x'],
    ].map(([kty, rest, members, missing]): [string, string, string] => [
      `an ${kty} key without ${missing}`,
      `{"kty":"${kty}",${rest}}`,
      `expected a public key as a JWK of kty ${kty} with ${members}; missing: ${missing}`,
    ]),
    ['an unknown kty', '{"kty":"constructor","x":"AQ"}', 'expected a public key as a JWK of kty RSA, EC or OKP'],
    [
      'a point off its curve',
      '{"kty":"EC","crv":"P-256","x":"AQ","y":"AQ"}',
      'expected a public key as a JWK of kty RSA, EC or OKP',
    ],
  ])('%s is refused, and never quoted', (_, key, expected) => {
    const faults = faultsOf(withIssuer(AUDIENCE, `jwks: { keys: [ ${key} ] }`));
    expect(faults).toEqual([`catalog.yaml:4:21 issuers[0].jwks.keys[0]: ${expected}`]);
  });

  it.each([
    ['[HS256]', 'algorithms[0]'],
    ['[ES265, RS256]', 'algorithms[0]'],
    ['ES384', 'algorithms'],
    ['[]', 'algorithms'],
  ])('are not compared with algorithms that are at fault themselves: %s', (algorithms, member) => {
    const text = withIssuer(AUDIENCE, `algorithms: ${algorithms}`, `jwks: { keys: [ ${jwk(p384)} ] }`);
    expect(faultsOf(text)).toEqual([expect.stringContaining(` issuers[0].${member}: expected `)]);
    const secret = text.replace(jwk(p384), jwk(p256.privateKey));
    expect(faultsOf(secret)).toEqual([expect.any(String), `catalog.yaml:5:21 issuers[0].jwks.keys[0]: ${PRIVATE}`]);
  });

  it('cannot have nested members, least of all themselves', () => {
    const key = jwk(p256.publicKey).replace('}', ', "more": *k }');
    expect(faultsOf(withIssuer(AUDIENCE, `jwks: { keys: [ &k ${key} ] }`))).toEqual([
      'catalog.yaml:4:24 issuers[0].jwks.keys[0]: expected a public key as a JWK, without nested members',
    ]);
  });

  it('are accepted if they fit the issuer', () => {
    const keys = { keys: [{ ...p256.publicKey.export({ format: 'jwk' }), ext: true, key_ops: ['verify'] }] };
    const [issuer] = catalogOf(withIssuer(AUDIENCE, `jwks: ${JSON.stringify(keys)}`)).issuers;
    expect(issuer?.jwks).toEqual(keys);
    const local = withIssuer(AUDIENCE, `jwks: ${JSON.stringify(keys)}`).replace(
      'https://i.example',
      'http://127.0.0.1:80',
    );
    expect(catalogOf(local).issuers[0]?.issuer).toBe('http://127.0.0.1:80');
  });
});
