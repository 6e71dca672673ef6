import { describe, expect, test } from 'vitest';
import type { TrustedIssuer } from '../../../lib/entries/issuer.ts';
import { checkAudience } from '../../../lib/token/audience.ts';
import { checkTimes } from '../../../lib/token/times.ts';
import type { JsonObject } from '../../../lib/wire/strict-json.ts';
import { TEST_NOW as NOW, TEST_AUDIENCE } from '../../kit/test-issuer.ts';

const ENTRY: TrustedIssuer = {
  issuer: 'https://issuer.example.com',
  kind: 'oidc',
  audience: TEST_AUDIENCE,
  algorithms: ['ES256'],
  noExp: false,
  require: [],
  jti: 'any',
  subjectAnchor: 3,
  state: 'active',
  fingerprint: '1',
};
const { audience: _audience, ...WITHOUT_AUDIENCE } = ENTRY;
const NKEY: TrustedIssuer = { ...WITHOUT_AUDIENCE, kind: 'nkey', noExp: true };
const XKEY = 'XC3JR4XPYAY5RGS46POPR7A6YEIJG3B5CADCJXTLUFESTNFIV6OWPSCX';

type Case = [what: string, claims: JsonObject, entry?: Partial<TrustedIssuer>];

/** As verification does it once the signature is good. */
function checkClaims(entry: TrustedIssuer, claims: JsonObject): void {
  checkTimes(entry, claims, NOW);
  checkAudience(entry, claims);
}

function check([, claims, entry]: Case): void {
  checkClaims({ ...ENTRY, ...entry }, claims);
}

function allow(title: string, cases: Case[]): void {
  describe(title, () => test.each(cases)('accepts %s', (...args) => expect(() => check(args)).not.toThrow()));
}

function deny(title: string, message: string, cases: Case[]): void {
  describe(title, () =>
    test.each(cases)('refuses %s', (...args) =>
      expect(() => check(args)).toThrow(expect.objectContaining({ code: 'invalid_token', message })),
    ),
  );
}

const good = { aud: TEST_AUDIENCE, exp: NOW + 60 };

allow('times', [
  ['a token that expires later', good],
  ['exp 29 s ago: within the skew', { ...good, exp: NOW - 29 }],
  ['nbf in 30 s: within the skew', { ...good, nbf: NOW + 30 }],
  ['iat in 30 s: within the skew', { ...good, iat: NOW + 30 }],
  ['the largest exp', { ...good, exp: Number.MAX_SAFE_INTEGER }],
  ['an age that is just allowed', { ...good, iat: NOW - 600 }, { maxTokenAge: 600 }],
  ['a lifetime that is just allowed', { ...good, iat: NOW, exp: NOW + 3600 }, { maxLifetime: 3600 }],
  ['exp with a fraction', { ...good, exp: NOW + 60.5 }],
  ['nbf with a fraction', { ...good, nbf: NOW - 0.5 }],
  ['iat with a fraction', { ...good, iat: NOW - 0.123456 }],
  ['exp 29.9 s ago: within the skew', { ...good, exp: NOW - 29.9 }],
  ['nbf in 29.9 s: within the skew', { ...good, nbf: NOW + 29.9 }],
  ['iat in 29.9 s: within the skew', { ...good, iat: NOW + 29.9 }],
  ['an age that is just allowed, with a fraction', { ...good, iat: NOW - 599.9 }, { maxTokenAge: 600 }],
  [
    'a lifetime that is just allowed, with fractions',
    { ...good, iat: NOW - 0.3, exp: NOW - 0.3 + 3600 },
    { maxLifetime: 3600 },
  ],
  ['no exp if the entry allows that', { aud: TEST_AUDIENCE }, { noExp: true }],
  ['no exp, but an allowed age', { aud: TEST_AUDIENCE, iat: NOW - 5 }, { noExp: true, maxTokenAge: 5 }],
]);
deny('expired tokens', 'The token has expired.', [
  ['exp 30 s ago', { ...good, exp: NOW - 30 }],
  ['exp 31 s ago', { ...good, exp: NOW - 31 }],
  ['exp 30.1 s ago', { ...good, exp: NOW - 30.1 }],
  ['exp at the epoch', { ...good, exp: 0 }],
  ['a negative exp', { ...good, exp: -1 }],
  ['exp 30 s ago, even if tokens without exp are accepted', { ...good, exp: NOW - 30 }, { noExp: true }],
]);
deny('early tokens', 'The token is not valid yet.', [
  ['nbf in 31 s', { ...good, nbf: NOW + 31 }],
  ['iat in 31 s', { ...good, iat: NOW + 31 }],
  ['nbf in 30.1 s', { ...good, nbf: NOW + 30.1 }],
  ['iat in 30.1 s', { ...good, iat: NOW + 30.1 }],
  ['nbf at the end of time', { ...good, nbf: Number.MAX_SAFE_INTEGER }],
]);
deny('old tokens', 'The token is older than its issuer’s max_token_age allows.', [
  ['one second over the age', { ...good, iat: NOW - 601 }, { maxTokenAge: 600 }],
  ['a tenth of a second over the age', { ...good, iat: NOW - 600.1 }, { maxTokenAge: 600 }],
  ['a negative iat', { ...good, iat: -1 }, { maxTokenAge: 600 }],
]);
deny('long-lived tokens', 'The token is valid for longer than its issuer’s max_lifetime allows.', [
  ['one second over the lifetime', { ...good, iat: NOW, exp: NOW + 3601 }, { maxLifetime: 3600 }],
  ['half a second over the lifetime', { ...good, iat: NOW, exp: NOW + 3600.5 }, { maxLifetime: 3600 }],
  ['no exp at all', { aud: TEST_AUDIENCE, iat: NOW }, { maxLifetime: 3600, noExp: true }],
]);
deny('tokens without exp', 'The token has no exp claim, which its issuer’s entry requires.', [
  ['no exp', { aud: TEST_AUDIENCE, iat: NOW }],
]);
deny('tokens without iat', 'The token has no iat claim, which its issuer’s entry requires.', [
  ['no iat if the age is limited', good, { maxTokenAge: 600 }],
  ['no iat if the lifetime is limited', good, { maxLifetime: 3600 }],
]);
deny('times that are not numbers of seconds', 'The token is malformed.', [
  ...['exp', 'nbf', 'iat'].flatMap((name): Case[] =>
    [`${NOW}`, `${NOW}.5`, null, true, [NOW], {}, 2 ** 53, -(2 ** 53), 1e300, -1e300, Infinity, NaN].map((value) => [
      `${name} ${typeof value === 'number' ? value : JSON.stringify(value)}`,
      { ...good, [name]: value as never },
    ]),
  ),
]);

allow('audiences', [
  ['ours', good],
  ['ours among others', { ...good, aud: ['https://other.example.com', TEST_AUDIENCE] }],
  ['ours with an xkey', { ...good, aud: `${TEST_AUDIENCE}#${XKEY}` }],
  ['ours with an xkey, as a list of one', { ...good, aud: [`${TEST_AUDIENCE}#${XKEY}`] }],
  ['ours next to ours with an xkey', { ...good, aud: [TEST_AUDIENCE, `${TEST_AUDIENCE}#${XKEY}`] }],
  ['ours, for an account whose entry has an audience', good, { kind: 'nkey' }],
]);
deny('foreign audiences', 'The token is for another audience.', [
  ['none', { exp: NOW + 60 }],
  ['an empty list', { ...good, aud: [] }],
  ['another', { ...good, aud: 'https://other.example.com' }],
  ['an empty string', { ...good, aud: '' }],
  ['a longer one', { ...good, aud: `${TEST_AUDIENCE}.evil.example` }],
  ['a path below ours', { ...good, aud: `${TEST_AUDIENCE}/admin` }],
  ['ours with a slash', { ...good, aud: `${TEST_AUDIENCE}/` }],
  ['ours in capitals', { ...good, aud: TEST_AUDIENCE.toUpperCase() }],
  ['ours with an xkey next to another', { ...good, aud: ['other', `${TEST_AUDIENCE}#${XKEY}`] }],
  ['none, for an account whose entry has an audience', { exp: NOW + 60 }, { kind: 'nkey' }],
]);
test.each([
  ['an audience, for an account whose entry has none', { ...good }, NKEY],
  ['an empty list, for an account whose entry has none', { ...good, aud: [] }, NKEY],
  ['no audience in the entry of an OIDC issuer', { exp: NOW + 60 }, { ...WITHOUT_AUDIENCE }],
])('refuses %s', (_what, claims: JsonObject, entry: TrustedIssuer) =>
  expect(() => checkClaims(entry, claims)).toThrow(
    expect.objectContaining({ code: 'invalid_token', message: 'The token is for another audience.' }),
  ),
);
deny('invalid audiences', 'The token is malformed.', [
  ['a number', { ...good, aud: 5 }],
  ['null', { ...good, aud: null }],
  ['an object', { ...good, aud: { 0: TEST_AUDIENCE } }],
  ['a list with a number', { ...good, aud: [TEST_AUDIENCE, 5] }],
  ['a list in a list', { ...good, aud: [[TEST_AUDIENCE]] }],
]);
test('accepts a token without audience and exp from an account whose entry has none', () => {
  expect(() => checkClaims(NKEY, { iat: NOW })).not.toThrow();
});

test('ignores claims on the prototype', () => {
  const inherited = Object.create({ exp: NOW + 60, aud: TEST_AUDIENCE }) as JsonObject;
  expect(() => checkClaims(ENTRY, inherited)).toThrow('The token has no exp claim, which its issuer’s entry requires.');
});
