import { hash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type BindingContext, checkBinding } from '../../../lib/token/binding.ts';
import { createProof, createTestIssuer, createTestSigner, encodePart, TEST_NOW } from '../../kit/test-issuer.ts';
import { BODY, callerWith, contextOf, met, OTHER_KEY, own, prover, REQUEST_URL, thief } from './bound-requests.ts';
import { expectRefusal, signal, verifierFor } from './verifying.ts';

describe('a proof', () => {
  type Changes = Parameters<typeof createProof>[2];
  async function prove(
    changes: Changes = {},
    header: Changes = {},
    context: Partial<BindingContext> = {},
    by = prover,
  ) {
    const { caller, token } = await callerWith({ cnf: { jkt: prover.thumbprint } });
    const proof = await createProof(by, { token, xkey: own.text, url: REQUEST_URL, body: BODY }, changes, header);
    return checkBinding(contextOf(caller, { proof, ...context }));
  }
  const OTHER_REQUEST = 'The proof is for another request.';

  test('by the key that cnf.jkt names meets cnf and proof', async () => {
    expect([...(await prove())]).toEqual(['cnf', 'proof']);
    expect([...(await prove({ body: undefined }, {}, { sealed: true }))]).toEqual(['sealed', 'cnf', 'proof']);
  });

  test.each(['ES256', 'ES384', 'ES512', 'RS256', 'PS256', 'EdDSA', 'Ed25519'] as const)(
    'may use %s',
    async (algorithm) => {
      const signer = await createTestSigner(algorithm);
      const { caller, token } = await callerWith({ cnf: { jkt: signer.thumbprint } });
      const proof = await createProof(signer, { token, xkey: own.text, url: REQUEST_URL, body: BODY });
      expect([...(await checkBinding(contextOf(caller, { proof })))]).toEqual(['cnf', 'proof']);
    },
  );

  test('by a key that the token does not name meets nothing: a thief can make one, too', async () => {
    const { caller, token } = await callerWith({});
    const proof = await createProof(prover, { token, xkey: own.text, url: REQUEST_URL, body: BODY });
    expect([...(await checkBinding(contextOf(caller, { proof })))]).toEqual([]);
  });

  test('by a key other than cnf.jkt is refused, and so is a missing one', async () => {
    const other = await createTestSigner('ES256');
    await expectRefusal(prove({}, {}, {}, other), 'invalid_token', OTHER_KEY);
    await expectRefusal(met({ cnf: { jkt: prover.thumbprint } }), 'invalid_token', OTHER_KEY);
    await expectRefusal(met({ cnf: { jkt: '' } }), 'invalid_token', OTHER_KEY);
  });

  test('is valid for 120 s before and after its iat', async () => {
    for (const iat of [TEST_NOW - 120, TEST_NOW - 119.5, TEST_NOW + 0.5, TEST_NOW + 120])
      await expect(prove({ iat })).resolves.toBeDefined();
    for (const iat of [TEST_NOW - 121, TEST_NOW - 120.5, TEST_NOW + 120.5, TEST_NOW + 121]) {
      await expectRefusal(
        prove({ iat }),
        'invalid_token',
        'The proof’s iat differs from the broker’s time by more than 120 s.',
      );
    }
  });

  test.each<[string, Changes, Partial<BindingContext>?]>([
    ['another method', { htm: 'GET' }],
    ['the method in lower case', { htm: 'post' }],
    ['no method', { htm: undefined }],
    ['another path', { htu: 'https://broker.example.com/v1/list' }],
    ['another host', { htu: 'https://evil.example.com/v1/get' }],
    ['another scheme', { htu: 'http://broker.example.com/v1/get' }],
    ['another port', { htu: 'https://broker.example.com:8443/v1/get' }],
    ['a user in the URL', { htu: 'https://broker.example.com@evil.example/v1/get' }],
    ['a path without host', { htu: '/v1/get' }],
    ['a list of URLs', { htu: [REQUEST_URL] }],
    ['another token', { ath: hash('sha256', 'another', 'base64url') }],
    ['no token', { ath: undefined }],
    ['another recipient', { xkey: thief.text }],
    ['no recipient', { xkey: undefined }],
    ['another body', { body: hash('sha256', `${BODY} `, 'base64url') }],
    ['no body', { body: undefined }],
    ['a thief as the recipient', {}, { recipient: thief.text }],
    ['a thief as the recipient of a sealed request', {}, { recipient: thief.text, sealed: true }],
    ['a broker without URLs', {}, { publicUrls: [] }],
  ])('is refused for %s', async (_what, claims, context) => {
    await expectRefusal(prove(claims, {}, context), 'invalid_token', OTHER_REQUEST);
  });

  test('is refused if a plain request comes without the hash of its body', async () => {
    const { caller, token } = await callerWith({ cnf: { jkt: prover.thumbprint } });
    const proof = await createProof(prover, { token, xkey: own.text, url: REQUEST_URL });
    const { bodyHash: _bodyHash, ...context } = contextOf(caller, { proof });
    await expectRefusal(checkBinding(context), 'invalid_token', OTHER_REQUEST);
  });

  test('may spell its URL with query, fragment, default port or capitals in the host', async () => {
    for (const htu of [
      `${REQUEST_URL}?a=b`,
      `${REQUEST_URL}#x`,
      'https://broker.example.com:443/v1/get',
      'HTTPS://Broker.Example.com/v1/get',
    ]) {
      await expect(prove({ htu })).resolves.toBeDefined();
    }
    await expect(prove({}, {}, { publicUrls: ['https://broker.example.com/'] })).resolves.toBeDefined();
  });

  test.each<[string, Changes, Changes]>([
    ['no typ', {}, { typ: undefined }],
    ['the typ of a token', {}, { typ: 'JWT' }],
    ['a typ in capitals', {}, { typ: 'DPOP+JWT' }],
    ['alg none', {}, { alg: 'none' }],
    ['alg HS256', {}, { alg: 'HS256' }],
    ['crit', {}, { crit: ['exp'] }],
    ['b64', {}, { b64: false }],
    ['no jti', { jti: undefined }, {}],
    ['a jti that is too long', { jti: 'j'.repeat(257) }, {}],
    ['no iat', { iat: undefined }, {}],
    ['an absurd iat', { iat: 2 ** 53 }, {}],
    ['a string as iat', { iat: `${TEST_NOW}` }, {}],
  ])('is malformed with %s', async (_what, claims, header) => {
    await expectRefusal(prove(claims, header), 'invalid_token', 'The proof is malformed.');
  });

  test.each(['', 'x', 'a.b.c', 'a.b.c.d.e', `${encodePart('{}')}.${encodePart('{}')}.AAAA`])(
    'is malformed if it is %j',
    async (proof) => {
      await expectRefusal(met({}, { proof }), 'invalid_token', 'The proof is malformed.');
    },
  );

  test.each<[string, (jwk: Record<string, unknown>) => unknown]>([
    ['no key', () => undefined],
    ['a private key', (jwk) => ({ ...jwk, d: jwk.x })],
    ['a symmetric key', () => ({ kty: 'oct', k: 'AAAA' })],
    ['a key of another algorithm', (jwk) => ({ ...jwk, alg: 'ES384' })],
    ['a key for encryption', (jwk) => ({ ...jwk, use: 'enc' })],
    ['a point off the curve', (jwk) => ({ ...jwk, y: jwk.x })],
    [
      'an Ed25519 point of small order',
      () => ({ kty: 'OKP', crv: 'Ed25519', x: Buffer.alloc(32).toString('base64url') }),
    ],
    ['a URL instead of a key', () => 'https://keys.example.com'],
  ])('is refused with %s', async (_what, change) => {
    const { kty, crv, x, y } = prover.jwk;
    await expectRefusal(
      prove({}, { jwk: change({ kty, crv, x, y }) }),
      'invalid_token',
      'The key in the proof’s header cannot be used.',
    );
  });

  test('is refused if another key signed it', async () => {
    const other = await createTestSigner('ES256');
    const { kty, crv, x, y } = prover.jwk;
    const work = prove({}, { jwk: { kty, crv, x, y } }, {}, other);
    await expectRefusal(work, 'invalid_token', 'The proof is not signed by the key in its header.');
  });

  test('is not accepted as a token, nor a token as a proof', async () => {
    const { caller, token } = await callerWith({});
    const proof = await createProof(
      prover,
      { token, xkey: own.text, url: REQUEST_URL, body: BODY },
      { iss: 'i', sub: 's' },
    );
    const kind = 'The token is encrypted, or its typ is not JWT, at+jwt or JOSE.';
    await expectRefusal(verifierFor([(await createTestIssuer()).entry()]).verify(proof, signal), 'invalid_token', kind);
    await expectRefusal(checkBinding(contextOf(caller, { proof: token })), 'invalid_token', 'The proof is malformed.');
  });
});
