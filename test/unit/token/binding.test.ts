import { hash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { type BindingContext, checkBinding, demand } from '../../../lib/token/binding.ts';
import type { Caller } from '../../../lib/token/caller.ts';
import { BINDINGS, type Binding } from '../../../lib/token/trusted-issuer.ts';
import type { JsonObject } from '../../../lib/wire/strict-json.ts';
import { generateXkey } from '../../../lib/xkey/keys.ts';
import {
  createProof,
  createTestIssuer,
  createTestSigner,
  encodePart,
  TEST_AUDIENCE,
  TEST_NOW,
  type TestIssuer,
  type TestSigner,
} from '../../kit/test-issuer.ts';
import { expectRefusal, signal, verifierFor } from './verifying.ts';

const URL = 'https://broker.example.com/v1/get';
const BODY = '{"secret":"payments/stripe"}';
const OTHER_KEY = 'The token is bound to another key.';
const OTHER_FORM = 'The token is bound in a way that is not supported.';

const own = generateXkey();
const thief = generateXkey();
const jwkOf = (key: typeof own) => key.key.export({ format: 'jwk' }) as { kty: string; crv: string; x: string };

let issuer: TestIssuer;
let prover: TestSigner;
beforeAll(async () => {
  issuer = await createTestIssuer();
  prover = await createTestSigner('ES256');
});

async function callerWith(claims: object): Promise<{ caller: Caller; token: string }> {
  const token = await issuer.token(claims as JsonObject);
  return { caller: await verifierFor([issuer.entry()]).verify(token, signal), token };
}

function contextOf(caller: Caller, changes: Partial<BindingContext> = {}): BindingContext {
  return {
    caller,
    recipient: own.text,
    sealed: false,
    method: 'POST',
    path: '/v1/get',
    publicUrls: ['https://other.example.com', 'https://broker.example.com'],
    now: TEST_NOW,
    bodyHash: hash('sha256', BODY, 'base64url'),
    ...changes,
  };
}

async function met(claims: object, changes: Partial<BindingContext> = {}): Promise<Binding[]> {
  return [...(await checkBinding(contextOf((await callerWith(claims)).caller, changes)))];
}

describe('a request without anything that binds it', () => {
  test('meets nothing when plain, and sealed when sealed', async () => {
    expect(await met({})).toEqual([]);
    expect(await met({}, { sealed: true })).toEqual(['sealed']);
  });
});

describe('audience-bound', () => {
  const bound = `${TEST_AUDIENCE}#${own.text}`;

  test('is met where the single audience names the recipient', async () => {
    expect(await met({ aud: bound })).toEqual(['audience-bound']);
    expect(await met({ aud: [bound] }, { sealed: true })).toEqual(['sealed', 'audience-bound']);
  });

  test('is not met where there is a second audience', async () => {
    expect(await met({ aud: [TEST_AUDIENCE, bound] })).toEqual([]);
  });

  test.each([
    ['another xkey', `${TEST_AUDIENCE}#${thief.text}`],
    ['another xkey beside the broker', [TEST_AUDIENCE, `${TEST_AUDIENCE}#${thief.text}`]],
    ['two xkeys', [TEST_AUDIENCE, bound, `${TEST_AUDIENCE}#${thief.text}`]],
    ['nothing', `${TEST_AUDIENCE}#`],
    ['half of it', bound.slice(0, -1)],
    ['it in lower case', `${TEST_AUDIENCE}#${own.text.toLowerCase()}`],
    ['it twice', `${bound}#${own.text}`],
  ])('is refused where the audience names %s', async (_what, aud) => {
    for (const sealed of [true, false]) await expectRefusal(met({ aud }, { sealed }), 'invalid_token', OTHER_KEY);
  });
});

describe('cnf with a jwk', () => {
  test('is met where it is the recipient', async () => {
    expect(await met({ cnf: { jwk: jwkOf(own) } })).toEqual(['cnf']);
    expect(await met({ cnf: { jwk: { ...jwkOf(own), kid: 'mine', use: 'enc' } } })).toEqual(['cnf']);
  });

  test('is refused where it is another key', async () => {
    for (const sealed of [true, false]) {
      await expectRefusal(met({ cnf: { jwk: jwkOf(thief) } }, { sealed }), 'invalid_token', OTHER_KEY);
    }
  });

  test('is refused where it is another spelling of the recipient', async () => {
    const bytes = Buffer.from(jwkOf(own).x, 'base64url');
    bytes[31]! |= 0x80; // X25519 does not look at this bit
    for (const x of [`${jwkOf(own).x}=`, ` ${jwkOf(own).x}`, bytes.toString('base64url'), '', 'A']) {
      await expectRefusal(met({ cnf: { jwk: { ...jwkOf(own), x } } }), 'invalid_token', OTHER_KEY);
    }
  });

  test.each<[string, unknown]>([
    ['null', null],
    ['a text', 'jkt'],
    ['a list', [{ jkt: 'x' }]],
    ['empty', {}],
    ['a certificate', { 'x5t#S256': 'x' }],
    ['a key id', { kid: 'x' }],
    ['a key URL', { jku: 'https://keys.example.com' }],
    ['two members', { jwk: jwkOf(own), jkt: 'x' }],
    ['a member that we do not know beside one that we do', { jwk: jwkOf(own), 'x5t#S256': 'x' }],
    ['a jkt that is no text', { jkt: 5 }],
    ['a jwk that is a text', { jwk: 'x' }],
    ['an Ed25519 key', { jwk: { ...jwkOf(own), crv: 'Ed25519' } }],
    ['another key type', { jwk: { ...jwkOf(own), kty: 'EC' } }],
    ['a private key', { jwk: { ...jwkOf(own), d: jwkOf(own).x } }],
  ])('is refused where cnf is %s', async (_what, cnf) => {
    await expectRefusal(met({ cnf }), 'invalid_token', OTHER_FORM);
  });
});

describe('a proof', () => {
  type Changes = Parameters<typeof createProof>[2];
  async function prove(
    changes: Changes = {},
    header: Changes = {},
    context: Partial<BindingContext> = {},
    by = prover,
  ) {
    const { caller, token } = await callerWith({ cnf: { jkt: prover.thumbprint } });
    const proof = await createProof(by, { token, xkey: own.text, url: URL, body: BODY }, changes, header);
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
      const proof = await createProof(signer, { token, xkey: own.text, url: URL, body: BODY });
      expect([...(await checkBinding(contextOf(caller, { proof })))]).toEqual(['cnf', 'proof']);
    },
  );

  test('by a key that no token names meets nothing: a thief can make one as well', async () => {
    const { caller, token } = await callerWith({});
    const proof = await createProof(prover, { token, xkey: own.text, url: URL, body: BODY });
    expect([...(await checkBinding(contextOf(caller, { proof })))]).toEqual([]);
  });

  test('by another key than cnf.jkt names is refused, and so is none', async () => {
    const other = await createTestSigner('ES256');
    await expectRefusal(prove({}, {}, {}, other), 'invalid_token', OTHER_KEY);
    await expectRefusal(met({ cnf: { jkt: prover.thumbprint } }), 'invalid_token', OTHER_KEY);
    await expectRefusal(met({ cnf: { jkt: '' } }), 'invalid_token', OTHER_KEY);
  });

  test('is good for 120 s either way', async () => {
    for (const iat of [TEST_NOW - 120, TEST_NOW + 120]) await expect(prove({ iat })).resolves.toBeDefined();
    for (const iat of [TEST_NOW - 121, TEST_NOW + 121]) {
      await expectRefusal(prove({ iat }), 'invalid_token', 'The proof was made too long ago, or its clock is off.');
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
    ['no URL', { htu: '/v1/get' }],
    ['a list of URLs', { htu: [URL] }],
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

  test('is refused where a plain request comes without the hash of its body', async () => {
    const { caller, token } = await callerWith({ cnf: { jkt: prover.thumbprint } });
    const proof = await createProof(prover, { token, xkey: own.text, url: URL });
    const { bodyHash: _bodyHash, ...context } = contextOf(caller, { proof });
    await expectRefusal(checkBinding(context), 'invalid_token', OTHER_REQUEST);
  });

  test('may spell its URL with query, fragment, default port or capitals in the host', async () => {
    for (const htu of [
      `${URL}?a=b`,
      `${URL}#x`,
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
    ['an endless jti', { jti: 'j'.repeat(257) }, {}],
    ['no iat', { iat: undefined }, {}],
    ['a broken iat', { iat: TEST_NOW + 0.5 }, {}],
    ['a text as iat', { iat: `${TEST_NOW}` }, {}],
  ])('is malformed with %s', async (_what, claims, header) => {
    await expectRefusal(prove(claims, header), 'invalid_token', 'The proof is malformed.');
  });

  test.each(['', 'x', 'a.b.c', 'a.b.c.d.e', `${encodePart('{}')}.${encodePart('{}')}.AAAA`])(
    'is malformed as %j',
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
    ['a URL in its place', () => 'https://keys.example.com'],
  ])('is refused with %s', async (_what, change) => {
    const { kty, crv, x, y } = prover.jwk;
    await expectRefusal(
      prove({}, { jwk: change({ kty, crv, x, y }) }),
      'invalid_token',
      'The key of the proof is not usable.',
    );
  });

  test('is refused where another key has signed it', async () => {
    const other = await createTestSigner('ES256');
    const { kty, crv, x, y } = prover.jwk;
    const work = prove({}, { jwk: { kty, crv, x, y } }, {}, other);
    await expectRefusal(work, 'invalid_token', 'The proof is not signed by its key.');
  });

  test('is no token, and a token is no proof', async () => {
    const { caller, token } = await callerWith({});
    const proof = await createProof(prover, { token, xkey: own.text, url: URL, body: BODY }, { iss: 'i', sub: 's' });
    const kind = 'The token is of a kind that is not accepted here.';
    await expectRefusal(verifierFor([issuer.entry()]).verify(proof, signal), 'invalid_token', kind);
    await expectRefusal(checkBinding(contextOf(caller, { proof: token })), 'invalid_token', 'The proof is malformed.');
  });
});

describe('demands', () => {
  test('are met by having every one of them', () => {
    expect(() => demand([], new Set())).not.toThrow();
    expect(() => demand(BINDINGS, new Set(BINDINGS))).not.toThrow();
    expect(() => demand(['sealed'], new Set<Binding>(['sealed', 'cnf']))).not.toThrow();
  });

  test.each(BINDINGS)('for %s alone are not met by all the others', (wanted) => {
    const others = new Set(BINDINGS.filter((one) => one !== wanted));
    expect(() => demand([wanted], others)).toThrow(
      expect.objectContaining({
        code: 'access_denied',
        message: 'The request is not bound to its recipient in every way that is demanded.',
      }),
    );
  });
});

test('a stolen token with the thief’s own xkey meets no demand that binds, plain or sealed', async () => {
  const thiefProver = await createTestSigner('ES256');
  const bearings = [
    {},
    { aud: `${TEST_AUDIENCE}#${own.text}` },
    { cnf: { jwk: jwkOf(own) } },
    { cnf: { jkt: prover.thumbprint } },
  ];
  for (const claims of bearings) {
    const { caller, token } = await callerWith(claims);
    for (const sealed of [true, false]) {
      for (const withProof of [true, false]) {
        const proof = await createProof(thiefProver, { token, xkey: thief.text, url: URL, body: BODY });
        const context = contextOf(caller, { sealed, recipient: thief.text, ...(withProof ? { proof } : {}) });
        const outcome = await checkBinding(context).catch((error: { code: string }) => error.code);
        if (claims === bearings[0]) expect([...outcome]).toEqual(sealed ? ['sealed'] : []);
        else expect(outcome).toBe('invalid_token');
      }
    }
  }
});
