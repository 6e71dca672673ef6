import { describe, expect, test } from 'vitest';
import { readToken } from '../../../lib/token/unverified-token.ts';
import { CLAIMS, HEADER, refuse, unverified } from './unverified.ts';
import { MALFORMED } from './verifying.ts';

describe('the header', () => {
  test.each([
    'none',
    'None',
    'NONE',
    'nOnE',
    '',
    'HS256',
    'HS384',
    'HS512',
    'es256',
    'ES256K',
    'RSA1_5',
    'dir',
    'ed25519',
    'constructor',
    'ML-DSA-44',
    ' ES256',
    'ES256\0',
    null,
    1,
    true,
    ['ES256'],
    { toString: 'ES256' },
  ])('refuses alg %j', (alg) => refuse(unverified({ ...HEADER, alg }), MALFORMED));

  test('refuses a header without alg', () => refuse(unverified({ typ: 'JWT' }), MALFORMED));

  test.each([
    { crit: ['b64'], b64: false },
    { crit: ['exp'] },
    { crit: [] },
    { crit: null },
    { b64: true },
    { b64: false },
  ])('refuses the extension %j', (extension) =>
    refuse(unverified({ ...HEADER, ...extension }), 'The token’s header has crit or b64, which are not supported.'),
  );

  test.each([
    undefined,
    'JWT',
    'jwt',
    'Jwt',
    'at+jwt',
    'AT+JWT',
    'application/jwt',
    'application/at+jwt',
    'JOSE',
    'jose',
    'Jose',
    'application/jose',
    'Application/JOSE',
  ])('accepts typ %j', (typ) => expect(readToken(unverified({ ...HEADER, typ })).subject).toBe('s'));

  test.each([
    'dpop+jwt',
    'application/dpop+jwt',
    'DPOP+JWT',
    'logout+jwt',
    'secevent+jwt',
    'JWE',
    'JWTX',
    'JOSE+JSON',
    'application/jose+json',
    'JOSEX',
    'JOSE ',
    'application/application/jose',
    'text/jose',
    ' JWT',
    'JWT\n',
    '',
    null,
    1,
    ['JWT'],
  ])('refuses typ %j', (typ) =>
    refuse(unverified({ ...HEADER, typ }), 'The token is encrypted, or its typ is not JWT, at+jwt or JOSE.'),
  );

  test.each(['', 'a\r\nb', 'a\0b', null, 7, ['k'], {}])('refuses kid %j', (kid) =>
    refuse(unverified({ ...HEADER, kid }), MALFORMED),
  );

  test('refuses a kid of 257 characters', () => refuse(unverified({ ...HEADER, kid: 'k'.repeat(257) }), MALFORMED));

  test('accepts a kid of 256 characters, and one that looks like a path or a query', () => {
    for (const kid of ['k'.repeat(256), '../../dev/null', "x' OR '1'='1", '__proto__', 'constructor']) {
      expect(readToken(unverified({ ...HEADER, kid })).kid).toBe(kid);
    }
  });
});

describe('the claims iss, sub and jti', () => {
  test.each(['iss', 'sub'])('refuses a token without %s', (name) =>
    refuse(unverified(HEADER, { ...CLAIMS, [name]: undefined }), `The token has no ${name} claim.`),
  );

  test.each([
    ['iss', ''],
    ['iss', null],
    ['iss', 5],
    ['iss', ['i']],
    ['iss', 'a\nb'],
    ['sub', ''],
    ['sub', null],
    ['sub', 5],
    ['sub', ['s']],
    ['sub', 'a\rb'],
    ['sub', 'a\u007fb'],
    ['jti', ''],
    ['jti', null],
    ['jti', 5],
    ['jti', 'a\0b'],
  ])('refuses %s %j', (name, value) => refuse(unverified(HEADER, { ...CLAIMS, [name]: value }), MALFORMED));

  test.each([
    ['iss', 'i', 513],
    ['sub', 's', 1025],
    ['sub', 'ä', 513],
    ['jti', 'j', 257],
  ])('refuses an %s of %s × %d', (name, letter, times) =>
    refuse(unverified(HEADER, { ...CLAIMS, [name]: letter.repeat(times) }), MALFORMED),
  );

  test('may have their maximum length', () => {
    const claims = { iss: 'i'.repeat(512), sub: 's'.repeat(1024), jti: 'j'.repeat(256) };
    expect(readToken(unverified(HEADER, claims))).toMatchObject({
      issuer: claims.iss,
      subject: claims.sub,
      tokenId: claims.jti,
    });
  });
});
