import { hash } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { ALGORITHMS, type TrustedIssuer } from '../../../lib/entries/issuer.ts';
import { createIssuerKeys } from '../../../lib/token/keys/issuer-keys.ts';
import { WaxsealError } from '../../../lib/wire/errors.ts';
import { createTestAccount, createTestIssuer, createTestSigner, type TestIssuer } from '../../kit/test-issuer.ts';
import { expectRefusal, MALFORMED, signal, UNTRUSTED, verifierFor } from './verifying.ts';

let issuer: TestIssuer;
beforeAll(async () => {
  issuer = await createTestIssuer();
});

describe('a good token', () => {
  test.each(ALGORITHMS)('signed with %s becomes a caller', async (algorithm) => {
    const signer = await createTestIssuer({ algorithm });
    const entry = signer.entry();
    const token = await signer.token({ environment: 'production' });
    const caller = await verifierFor([entry]).verify(token, signal);
    expect(caller).toEqual({
      issuer: entry,
      subject: 'repo:acme/api',
      tokenId: 'token-1',
      tokenHash: hash('sha256', token, 'base64url'),
      claims: expect.objectContaining({ environment: 'production', iss: signer.issuer }),
    });
  });

  test('returns a caller that nobody can change', async () => {
    const caller = await verifierFor([issuer.entry()]).verify(await issuer.token({ nested: { list: [{}] } }), signal);
    expect(Object.isFrozen(caller)).toBe(true);
    expect(Object.isFrozen(caller.claims)).toBe(true);
    expect(Object.isFrozen((caller.claims as { nested: { list: object[] } }).nested.list[0])).toBe(true);
  });

  test('of a wasmCloud account is verified with the account’s name as the key', async () => {
    const account = await createTestAccount();
    const caller = await verifierFor([account.entry()]).verify(await account.token(), signal);
    expect(caller.subject).toMatch(/^M/);
    expect(caller.tokenId).toBe('entity-1');
  });
});

describe('a token that no trusted issuer signed', () => {
  test.each<[string, Partial<TrustedIssuer>]>([
    ['a suspended issuer', { state: 'suspended' }],
    ['an algorithm that the entry does not allow', { algorithms: ['RS256', 'ES384'] }],
    ['an entry without algorithms', { algorithms: [] }],
    ['an entry with an empty key set', { jwks: { keys: [] } }],
    ['an issuer whose name differs in a final slash', { issuer: 'https://issuer.example.com/' }],
    ['an issuer whose name differs in case', { issuer: 'https://Issuer.example.com' }],
  ])('is refused: %s', async (_what, changes) => {
    await expectRefusal(
      verifierFor([issuer.entry(changes)]).verify(await issuer.token(), signal),
      'invalid_token',
      UNTRUSTED,
    );
  });

  test('is refused with the same text for an unknown issuer and for a wrong signature', async () => {
    const impostor = await createTestIssuer();
    const verifier = verifierFor([issuer.entry()]);
    const stranger = await createTestIssuer({ issuer: 'https://stranger.example.com' });
    await expectRefusal(verifier.verify(await impostor.token(), signal), 'invalid_token', UNTRUSTED);
    await expectRefusal(verifier.verify(await stranger.token(), signal), 'invalid_token', UNTRUSTED);
    // An expired token reveals no more.
    await expectRefusal(verifier.verify(await impostor.token({ exp: 1 }), signal), 'invalid_token', UNTRUSTED);
  });

  test('is refused if kid names another key of the set, or is missing while two keys fit', async () => {
    const other = await createTestSigner('ES256', 'other');
    const verifier = verifierFor([issuer.entry({ jwks: { keys: [issuer.jwk, other.jwk] } })]);
    await expectRefusal(verifier.verify(await issuer.token({}, { kid: 'other' }), signal), 'invalid_token', UNTRUSTED);
    await expectRefusal(
      verifier.verify(await issuer.token({}, { kid: undefined }), signal),
      'invalid_token',
      UNTRUSTED,
    );
    await expect(verifier.verify(await issuer.token(), signal)).resolves.toBeDefined();
  });

  test('is accepted without kid if only one key fits the algorithm', async () => {
    const other = await createTestSigner('ES384', 'other');
    const verifier = verifierFor([issuer.entry({ jwks: { keys: [other.jwk, issuer.jwk] } })]);
    await expect(verifier.verify(await issuer.token({}, { kid: undefined }), signal)).resolves.toBeDefined();
  });
});

describe('wasmCloud accounts', () => {
  test('are trusted only if they are registered, whatever their tokens claim', async () => {
    const [account, invented] = [await createTestAccount(), await createTestAccount()];
    const verifier = verifierFor([account.entry()]);
    await expectRefusal(verifier.verify(await invented.token(), signal), 'invalid_token', UNTRUSTED);
    const forged = await invented.token({ iss: account.issuer });
    await expectRefusal(verifier.verify(forged, signal), 'invalid_token', UNTRUSTED);
  });

  test('sign with alg Ed25519 only', async () => {
    const account = await createTestAccount();
    const verifier = verifierFor([account.entry({ algorithms: [...ALGORITHMS] })]);
    await expectRefusal(verifier.verify(await account.token({}, { alg: 'EdDSA' }), signal), 'invalid_token', UNTRUSTED);
    const nats = await account.token({}, { alg: 'ed25519-nkey' });
    await expectRefusal(verifier.verify(nats, signal), 'invalid_token', MALFORMED);
  });

  test.each(['U', 'M', 'X'])('cannot be nkeys of kind %s', async (kind) => {
    const account = await createTestAccount();
    const name = kind + account.issuer.slice(1);
    const verifier = verifierFor([account.entry({ issuer: name })]);
    await expectRefusal(verifier.verify(await account.token({ iss: name }), signal), 'invalid_token', UNTRUSTED);
  });

  test('without exp are refused if the entry requires one', async () => {
    const account = await createTestAccount();
    const verifier = verifierFor([account.entry({ noExp: false })]);
    await expectRefusal(
      verifier.verify(await account.token(), signal),
      'invalid_token',
      'The token has no exp claim, which its issuer’s entry requires.',
    );
  });
});

test('each issuer × audience: only the diagonal passes', async () => {
  const names = ['a', 'b', 'c', 'd'];
  const issuers = await Promise.all(
    names.map((name) =>
      createTestIssuer({ issuer: `https://${name}.example.com`, audience: `https://broker/${name}` }),
    ),
  );
  const verifier = verifierFor(issuers.map((one) => one.entry()));
  for (const signer of issuers) {
    for (const claimed of issuers) {
      for (const audience of issuers) {
        const { aud } = { aud: audience.entry().audience };
        const work = verifier.verify(await signer.token({ iss: claimed.issuer, aud }), signal);
        if (signer !== claimed) await expectRefusal(work, 'invalid_token', UNTRUSTED);
        else if (audience !== signer) await expectRefusal(work, 'invalid_token', 'The token is for another audience.');
        else expect((await work).issuer.issuer).toBe(signer.issuer);
      }
    }
  }
});

test('a good token with any single character changed is refused', async () => {
  const token = await issuer.token();
  const verifier = verifierFor([issuer.entry()]);
  await expect(verifier.verify(token, signal)).resolves.toBeDefined(); // and is remembered, which must not help
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+/= \n\0~';
  const change = fc.tuple(fc.nat(token.length - 1), fc.constantFrom(...alphabet));
  await fc.assert(
    fc.asyncProperty(change, async ([at, letter]) => {
      fc.pre(token[at] !== letter);
      const changed = token.slice(0, at) + letter + token.slice(at + 1);
      await expect(verifier.verify(changed, signal)).rejects.toMatchObject({ code: 'invalid_token' });
    }),
    { numRuns: 500, seed: 20_261_122 },
  );
});

test('no key is looked up for a malformed token', async () => {
  const find = vi.fn(createIssuerKeys({ now: () => 0 }).find);
  const verifier = verifierFor([issuer.entry()], { issuerKeys: { find } });
  for (const text of [
    '',
    'a.b',
    `${await issuer.token()} `,
    await issuer.token({}, { alg: 'none' }),
    'x'.repeat(8193),
  ]) {
    await expect(verifier.verify(text, signal)).rejects.toMatchObject({ code: 'invalid_token' });
  }
  expect(find).not.toHaveBeenCalled();
});

test('a token is not called invalid if the issuer list cannot be read', async () => {
  const down = new WaxsealError('store_unavailable', 'The catalog cannot be read.', { retryAfter: 1 });
  const verifier = verifierFor(() => {
    throw down;
  });
  await expectRefusal(
    verifier.verify(await issuer.token(), signal),
    'store_unavailable',
    'The catalog cannot be read.',
  );
});
