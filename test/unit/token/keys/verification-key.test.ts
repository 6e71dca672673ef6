import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { ALGORITHMS, type Algorithm } from '../../../../lib/entries/issuer.ts';
import { readJwkSet } from '../../../../lib/token/keys/jwk-set.ts';
import { readPublicJwk } from '../../../../lib/token/keys/verification-key.ts';
import { createTestSigner, type TestSigner } from '../../../kit/test-issuer.ts';

const FITS: Record<string, readonly Algorithm[]> = {
  RSA: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  'P-256': ['ES256'],
  'P-384': ['ES384'],
  'P-521': ['ES512'],
  Ed25519: ['EdDSA', 'Ed25519'],
};
const keys = new Map<string, TestSigner>();
beforeAll(async () => {
  for (const [kind, algorithms] of Object.entries(FITS)) keys.set(kind, await createTestSigner(algorithms[0], kind));
});
const bare = (kind: string) => {
  const { alg: _alg, use: _use, ...jwk } = keys.get(kind)!.jwk;
  return jwk;
};

describe('the type of a key fixes the algorithm', () => {
  test.each(Object.entries(FITS))('%s → %j', async (kind, algorithms) => {
    const set = await readJwkSet({ keys: [bare(kind)] });
    for (const algorithm of ALGORITHMS) {
      const found = await set.find(algorithm, kind);
      expect(found?.thumbprint, algorithm).toBe(
        algorithms.includes(algorithm) ? keys.get(kind)!.thumbprint : undefined,
      );
    }
  });

  test('and alg of the key narrows it to one', async () => {
    const set = await readJwkSet({ keys: [{ ...bare('RSA'), alg: 'PS384' }] });
    expect(await set.find('PS384', 'RSA')).toBeDefined();
    for (const algorithm of FITS.RSA!) {
      if (algorithm !== 'PS384') expect(await set.find(algorithm, 'RSA')).toBeUndefined();
    }
  });
});

describe('what a key is used for', () => {
  test.each([undefined, 'sig', 'jwt-svid'])('a key of use %j verifies signatures', async (use) => {
    const key = { ...bare('P-256'), ...(use === undefined ? {} : { use }) };
    expect((await readPublicJwk(key))?.thumbprint).toBe(keys.get('P-256')!.thumbprint);
  });

  test('of a SPIFFE bundle, only the keys of tokens are used', async () => {
    const certificates = { ...bare('P-256'), kid: undefined, use: 'x509-svid', x5c: ['MIIB'] };
    const tokens = { ...bare('P-384'), use: 'jwt-svid' };
    const set = await readJwkSet({ keys: [certificates, tokens], spiffe_sequence: 1, spiffe_refresh_hint: 300 });
    expect((await set.find('ES384', 'P-384'))?.thumbprint).toBe(keys.get('P-384')!.thumbprint);
    expect(await set.find('ES256', undefined)).toBeUndefined();
  });
});

describe('keys that are skipped', () => {
  const rsa = (bits: number) => generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ format: 'jwk' });

  test.each<[string, () => unknown]>([
    ['null', () => null],
    ['a string', () => 'key'],
    ['no kty', () => ({ ...bare('P-256'), kty: undefined })],
    ['kty in another case', () => ({ ...bare('P-256'), kty: 'ec' })],
    ['a curve of another type', () => ({ ...bare('P-256'), kty: 'OKP' })],
    ['an unknown curve', () => ({ ...bare('P-256'), crv: 'secp256k1' })],
    ['a curve named like a prototype member', () => ({ ...bare('P-256'), crv: 'constructor' })],
    ['for encryption', () => ({ ...bare('P-256'), use: 'enc' })],
    ['for certificates of SPIFFE', () => ({ ...bare('P-256'), use: 'x509-svid' })],
    ['with a use in another case', () => ({ ...bare('P-256'), use: 'JWT-SVID' })],
    ['with a use that is a list', () => ({ ...bare('P-256'), use: ['jwt-svid'] })],
    ['with an empty use', () => ({ ...bare('P-256'), use: '' })],
    ['for other operations', () => ({ ...bare('P-256'), key_ops: ['sign'] })],
    ['of another alg', () => ({ ...bare('P-256'), alg: 'ES384' })],
    ['of alg HS256', () => ({ ...bare('RSA'), alg: 'HS256' })],
    ['with a kid that is a number', () => ({ ...bare('P-256'), kid: 1 })],
    ['private', () => ({ ...bare('P-256'), d: 'AAAA' })],
    ['private RSA', () => ({ ...bare('RSA'), p: 'AAAA' })],
    ['symmetric', () => ({ kty: 'oct', k: 'AAAA' })],
    ['symmetric next to public', () => ({ ...bare('RSA'), k: 'AAAA' })],
    ['a short coordinate', () => ({ ...bare('P-256'), x: 'AAAA' })],
    ['no y', () => ({ ...bare('P-256'), y: undefined })],
    ['padding in x', () => ({ ...bare('Ed25519'), x: `${bare('Ed25519').x}=` })],
    ['an X25519 key', () => ({ ...bare('Ed25519'), crv: 'X25519' })],
    ['RSA of 1,024 bits', () => rsa(1024)],
    ['RSA of 2,047 bits', () => rsa(2047)],
    ['RSA with exponent 1', () => ({ ...bare('RSA'), e: 'AQ' })],
    ['RSA with exponent 2', () => ({ ...bare('RSA'), e: 'Ag' })],
    ['RSA with an exponent that is too long', () => ({ ...bare('RSA'), e: 'AQABAQAB' })],
    ['RSA with leading zeros', () => ({ ...bare('RSA'), n: `AAAA${bare('RSA').n}` })],
    ['RSA without n', () => ({ ...bare('RSA'), n: '' })],
  ])('%s', async (_what, make) => {
    expect(await readPublicJwk(JSON.parse(JSON.stringify(make())))).toBeUndefined();
    const set = await readJwkSet({ keys: [make(), bare('P-384')] });
    expect(await set.find('ES384', 'P-384'), 'the key next to it stays usable').toBeDefined();
  });

  test('a point off its curve, once it is used', async () => {
    const set = await readJwkSet({ keys: [{ ...bare('P-256'), y: bare('P-256').x }] });
    expect(await set.find('ES256', 'P-256')).toBeUndefined();
  });
});

describe('which key of a set', () => {
  test('is never one of two that share a kid and an algorithm', async () => {
    const twin = { ...(await createTestSigner('ES256')).jwk, kid: 'P-256' };
    const set = await readJwkSet({ keys: [bare('P-256'), twin] });
    expect(await set.find('ES256', 'P-256')).toBeUndefined();
    expect(await set.find('ES256', undefined)).toBeUndefined();
  });

  test('may share its kid with one of another type, or be listed twice', async () => {
    const namesake = { ...bare('P-384'), kid: 'P-256' };
    const set = await readJwkSet({ keys: [bare('P-256'), namesake, bare('P-256')] });
    expect((await set.find('ES256', 'P-256'))?.thumbprint).toBe(keys.get('P-256')!.thumbprint);
    expect((await set.find('ES384', 'P-256'))?.thumbprint).toBe(keys.get('P-384')!.thumbprint);
  });

  test.each(['__proto__', 'constructor', 'toString', '', 'p-256', 'P-256 '])('is not found by kid %j', async (kid) => {
    expect(await (await readJwkSet({ keys: [bare('P-256')] })).find('ES256', kid)).toBeUndefined();
  });

  test('is imported once', async () => {
    const set = await readJwkSet({ keys: [bare('P-256')] });
    expect(await set.find('ES256', 'P-256')).toBe(await set.find('ES256', undefined));
  });
});
