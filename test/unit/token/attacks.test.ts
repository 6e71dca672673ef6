import { createHmac } from 'node:crypto';
import { type CryptoKey, exportSPKI, importJWK, type JWK } from 'jose';
import nacl from 'tweetnacl';
import { beforeAll, describe, expect, test } from 'vitest';
import { ALGORITHMS } from '../../../lib/entries/issuer.ts';
import { isSignedBy, readJws } from '../../../lib/token/jws.ts';
import { isSafeEd25519Key } from '../../../lib/token/keys/ed25519-points.ts';
import { importVerificationKey, readPublicJwk } from '../../../lib/token/keys/verification-key.ts';
import { checkProof } from '../../../lib/token/proof.ts';
import { encodePublicNkey } from '../../../lib/xkey/nkey.ts';
import { createTestAccount, createTestIssuer, encodePart, type TestIssuer } from '../../kit/test-issuer.ts';
import smallOrder from '../../vectors/jwt/ed25519-small-order.json' with { type: 'json' };
import published from '../../vectors/jwt/published.json' with { type: 'json' };
import { expectRefusal, MALFORMED, signal, UNTRUSTED, verifierFor } from './verifying.ts';

const EXTENSION = 'The token’s header has crit or b64, which are not supported.';

describe('published examples', () => {
  test.each([
    ['rs256', 'RS256'],
    ['es256', 'ES256'],
    ['ed25519', 'EdDSA'],
  ] as const)('%s: the signature verifies, and no longer does when a bit changes', async (name, alg) => {
    const { jws, key } = published[name];
    const imported = await importVerificationKey((await readPublicJwk(key))!, alg);
    expect(isSignedBy(jws, imported!)).toBe(true);
    const changed = jws.replace(/\.(.)(?=[^.]*$)/, (_all, first: string) => `.${first === 'A' ? 'B' : 'A'}`);
    expect(isSignedBy(changed, imported!)).toBe(false);
  });

  test('thumbprints', async () => {
    expect((await readPublicJwk(published.thumbprint.key))?.thumbprint).toBe(published.thumbprint.thumbprint);
    expect((await readPublicJwk(published.ed25519.key))?.thumbprint).toBe(published.ed25519.thumbprint);
  });

  test.each([
    ['hs256', MALFORMED],
    ['none', MALFORMED],
    ['rs256', 'The token has no sub claim.'],
    ['es256', 'The token has no sub claim.'],
    ['ed25519', MALFORMED],
    ['b64', EXTENSION],
    ['b64Detached', MALFORMED],
    ['dpop', 'The token is encrypted, or its typ is not JWT, at+jwt or JOSE.'],
  ] as const)('%s is refused as a token', async (name, message) => {
    await expectRefusal(verifierFor([]).verify(published[name].jws, signal), 'invalid_token', message);
  });

  test('the proof of RFC 9449 is valid except for the xkey that ours must name', async () => {
    const { jws, ath, jkt } = published.dpop;
    const { header, payload } = readJws(jws) as Exclude<ReturnType<typeof readJws>, string>;
    const jwk = await readPublicJwk(header.jwk);
    expect(jwk?.thumbprint).toBe(jkt);
    expect(payload.ath).toBe(ath);
    const caller = { issuer: {} as never, subject: 's', claims: {}, tokenHash: ath };
    const request = { method: 'GET', path: '/protectedresource', publicUrls: ['https://resource.example.org'] };
    const work = checkProof(jws, { ...request, caller, recipient: 'X', sealed: true, now: 1_562_262_618 });
    await expectRefusal(work, 'invalid_token', 'The proof is for another request.');
  });
});

describe('known attacks', () => {
  let issuer: TestIssuer;
  let rsa: TestIssuer;
  beforeAll(async () => {
    issuer = await createTestIssuer();
    rsa = await createTestIssuer({ issuer: 'https://rsa.example.com', algorithm: 'RS256' });
  });
  const attack = (token: string, message: string, algorithms = [...ALGORITHMS]) =>
    expectRefusal(
      verifierFor([issuer.entry({ algorithms }), rsa.entry({ algorithms })]).verify(token, signal),
      'invalid_token',
      message,
    );

  test.each(['none', 'None', 'NONE', 'nOnE', 'none ', ''])('a token without a signature, alg %j', async (alg) => {
    const [, payload, signature] = (await issuer.token()).split('.');
    for (const end of ['', signature]) await attack(`${encodePart({ alg, typ: 'JWT' })}.${payload}.${end}`, MALFORMED);
  });

  test('a token without a signature under the right algorithm', async () => {
    const [header, payload] = (await issuer.token()).split('.');
    for (const end of ['', '.', '.AA'])
      await attack(`${header}.${payload}${end}`, end === '.AA' ? UNTRUSTED : MALFORMED);
  });

  test.each(['HS256', 'HS384', 'HS512'])('%s with the public key as the HMAC secret (CVE-2015-9235)', async (alg) => {
    const [, payload] = (await rsa.token()).split('.');
    const key = (await importJWK(rsa.jwk as JWK, 'RS256', { extractable: true })) as CryptoKey;
    const pem = await exportSPKI(key);
    for (const secret of [pem, pem.trimEnd(), JSON.stringify(rsa.jwk), rsa.jwk.n!]) {
      const input = `${encodePart({ alg, typ: 'JWT', kid: rsa.kid })}.${payload}`;
      const signature = createHmac(alg.replace('HS', 'sha'), secret).update(input).digest('base64url');
      await attack(`${input}.${signature}`, MALFORMED);
    }
  });

  test.each(['ES256', 'ES384', 'ES512'] as const)('%s with r and s of zero (CVE-2022-21449)', async (algorithm) => {
    const signer = await createTestIssuer({ algorithm });
    const verifier = verifierFor([signer.entry()]);
    const [header, payload] = (await signer.token()).split('.');
    const size = { ES256: 64, ES384: 96, ES512: 132 }[algorithm];
    const zero = Buffer.alloc(size);
    const der = Buffer.from('3006020100020100', 'hex');
    const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
    for (const bytes of [
      zero,
      der,
      Buffer.alloc(size, 1).fill(0, 0, size / 2),
      Buffer.alloc(size, 0xff),
      Buffer.concat([order, order]),
    ]) {
      const forged = `${header}.${payload}.${bytes.toString('base64url')}`;
      await expectRefusal(verifier.verify(forged, signal), 'invalid_token', UNTRUSTED);
    }
  });

  test('an ECDSA signature in DER, one byte too long, one byte too short, or doubled', async () => {
    const [header, payload, signature] = (await issuer.token()).split('.') as [string, string, string];
    const raw = Buffer.from(signature, 'base64url');
    const half = (part: Buffer) => Buffer.concat([Buffer.from([2, 33, 0]), part]);
    const body = Buffer.concat([half(raw.subarray(0, 32)), half(raw.subarray(32))]);
    const der = Buffer.concat([Buffer.from([0x30, body.length]), body]);
    for (const bytes of [der, Buffer.concat([raw, Buffer.alloc(1)]), raw.subarray(0, 63), Buffer.concat([raw, raw])]) {
      await attack(`${header}.${payload}.${bytes.toString('base64url')}`, UNTRUSTED);
    }
  });

  test('RSA signatures with another padding, of zero and of one', async () => {
    const token = await rsa.token();
    const [, payload, signature] = token.split('.') as [string, string, string];
    await attack(`${encodePart({ alg: 'PS256', kid: rsa.kid })}.${payload}.${signature}`, UNTRUSTED);
    for (const bytes of [
      Buffer.alloc(256),
      Buffer.concat([Buffer.alloc(255), Buffer.from([1])]),
      Buffer.alloc(256, 0xff),
    ]) {
      await attack(token.replace(signature, bytes.toString('base64url')), UNTRUSTED);
    }
  });

  test.each(ALGORITHMS)('%s with signatures of any length: refused, never an internal error', async (algorithm) => {
    const signer = await createTestIssuer({ algorithm });
    const verifier = verifierFor([signer.entry()]);
    const [header, payload] = (await signer.token()).split('.');
    for (const length of [1, 8, 63, 64, 65, 72, 96, 97, 131, 132, 133, 255, 256, 257, 512, 1024]) {
      for (const byte of [0x00, 0x30, 0x7f, 0xff]) {
        const forged = `${header}.${payload}.${Buffer.alloc(length, byte).toString('base64url')}`;
        await expectRefusal(verifier.verify(forged, signal), 'invalid_token', UNTRUSTED);
      }
    }
  });

  test('an algorithm of another key type', async () => {
    const token = await issuer.token();
    for (const alg of ALGORITHMS) {
      if (alg === 'ES256') continue;
      await attack(`${encodePart({ alg, typ: 'JWT', kid: issuer.kid })}${token.slice(token.indexOf('.'))}`, UNTRUSTED);
    }
  });

  test.each([
    { b64: false, crit: ['b64'] },
    { b64: true, crit: ['b64'] },
    { b64: false },
    { crit: ['http://example.com/UNDEFINED'], 'http://example.com/UNDEFINED': true },
  ])('a signed token with %j', async (extension) => {
    await attack(await issuer.token({}, extension), EXTENSION);
  });
});

describe('Ed25519', () => {
  const L = 2n ** 252n + 27742317777372353535851937790883648493n;

  test('a malleated signature (S + L) is refused', async () => {
    const account = await createTestAccount();
    const verifier = verifierFor([account.entry()]);
    const token = await account.token();
    const [header, payload, signature] = token.split('.') as [string, string, string];
    const bytes = Buffer.from(signature, 'base64url');
    const s = BigInt(`0x${Buffer.from(bytes.subarray(32)).reverse().toString('hex')}`) + L;
    const malleated = Buffer.concat([
      bytes.subarray(0, 32),
      Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse(),
    ]);
    await expect(verifier.verify(token, signal)).resolves.toBeDefined();
    const forged = `${header}.${payload}.${malleated.toString('base64url')}`;
    await expectRefusal(verifier.verify(forged, signal), 'invalid_token', UNTRUSTED);
  });

  test('some implementations accept a forged signature under a key of small order, which is why we have a list', () => {
    const identity = Buffer.from(smallOrder[0]!, 'hex');
    const forged = Buffer.concat([identity, Buffer.alloc(32)]);
    expect(nacl.sign.detached.verify(Buffer.from('any message at all'), forged, identity)).toBe(true);
  });

  test.each(smallOrder)('the point %s is not accepted as a key', async (hex) => {
    const bytes = Buffer.from(hex, 'hex');
    const x = bytes.toString('base64url');
    expect(isSafeEd25519Key(bytes)).toBe(false);
    expect(await readPublicJwk({ kty: 'OKP', crv: 'Ed25519', x })).toBeUndefined();

    const account = await createTestAccount();
    const name = encodePublicNkey('A', bytes);
    const [header, payload] = (await account.token({ iss: name })).split('.');
    const forged = `${header}.${payload}.${Buffer.concat([bytes, Buffer.alloc(32)]).toString('base64url')}`;
    const verifier = verifierFor([account.entry({ issuer: name })]);
    await expectRefusal(verifier.verify(forged, signal), 'invalid_token', UNTRUSTED);
  });

  test('an honest key is accepted, and bytes of another length are not', async () => {
    const { jwk } = await createTestAccount();
    const bytes = Buffer.from(jwk.x!, 'base64url');
    expect(isSafeEd25519Key(bytes)).toBe(true);
    expect(isSafeEd25519Key(bytes.subarray(1))).toBe(false);
    expect(isSafeEd25519Key(Buffer.concat([bytes, Buffer.alloc(1)]))).toBe(false);
    expect(isSafeEd25519Key(Buffer.from(`f0${'f'.repeat(60)}7f`, 'hex'))).toBe(false); // y ≥ p, of whatever order
  });
});
