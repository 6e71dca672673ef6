import { describe, expect, test } from 'vitest';
import { BINDINGS, type Binding } from '../../../lib/entries/issuer.ts';
import { checkBinding, demand } from '../../../lib/token/binding.ts';
import { createProof, createTestSigner, TEST_AUDIENCE } from '../../kit/test-issuer.ts';
import { BODY, callerWith, contextOf, met, OTHER_KEY, own, prover, REQUEST_URL, thief } from './bound-requests.ts';
import { expectRefusal } from './verifying.ts';

const OTHER_FORM = 'The token’s cnf claim must be either jkt or jwk with a public X25519 key, and nothing else.';
const jwkOf = (key: typeof own) => key.key.export({ format: 'jwk' }) as { kty: string; crv: string; x: string };

describe('a request without any binding', () => {
  test('meets nothing if it is plain, and sealed if it is sealed', async () => {
    expect(await met({})).toEqual([]);
    expect(await met({}, { sealed: true })).toEqual(['sealed']);
  });
});

describe('audience-bound', () => {
  const bound = `${TEST_AUDIENCE}#${own.text}`;

  test('is met if the only audience names the recipient', async () => {
    expect(await met({ aud: bound })).toEqual(['audience-bound']);
    expect(await met({ aud: [bound] }, { sealed: true })).toEqual(['sealed', 'audience-bound']);
  });

  test('is not met if there is a second audience', async () => {
    expect(await met({ aud: [TEST_AUDIENCE, bound] })).toEqual([]);
  });

  test.each([
    ['another xkey', `${TEST_AUDIENCE}#${thief.text}`],
    ['another xkey next to the broker', [TEST_AUDIENCE, `${TEST_AUDIENCE}#${thief.text}`]],
    ['two xkeys', [TEST_AUDIENCE, bound, `${TEST_AUDIENCE}#${thief.text}`]],
    ['nothing', `${TEST_AUDIENCE}#`],
    ['half of it', bound.slice(0, -1)],
    ['it in lower case', `${TEST_AUDIENCE}#${own.text.toLowerCase()}`],
    ['it twice', `${bound}#${own.text}`],
  ])('is refused if the audience names %s', async (_what, aud) => {
    for (const sealed of [true, false]) await expectRefusal(met({ aud }, { sealed }), 'invalid_token', OTHER_KEY);
  });
});

describe('cnf with a jwk', () => {
  test('is met if it is the recipient', async () => {
    expect(await met({ cnf: { jwk: jwkOf(own) } })).toEqual(['cnf']);
    expect(await met({ cnf: { jwk: { ...jwkOf(own), kid: 'mine', use: 'enc' } } })).toEqual(['cnf']);
  });

  test('is refused if it is another key', async () => {
    for (const sealed of [true, false]) {
      await expectRefusal(met({ cnf: { jwk: jwkOf(thief) } }, { sealed }), 'invalid_token', OTHER_KEY);
    }
  });

  test('is refused if it is another spelling of the recipient', async () => {
    const bytes = Buffer.from(jwkOf(own).x, 'base64url');
    bytes[31]! |= 0x80; // X25519 ignores this bit
    for (const x of [`${jwkOf(own).x}=`, ` ${jwkOf(own).x}`, bytes.toString('base64url'), '', 'A']) {
      await expectRefusal(met({ cnf: { jwk: { ...jwkOf(own), x } } }), 'invalid_token', OTHER_KEY);
    }
  });

  test.each<[string, unknown]>([
    ['null', null],
    ['a string', 'jkt'],
    ['a list', [{ jkt: 'x' }]],
    ['empty', {}],
    ['a certificate', { 'x5t#S256': 'x' }],
    ['a key id', { kid: 'x' }],
    ['a key URL', { jku: 'https://keys.example.com' }],
    ['two members', { jwk: jwkOf(own), jkt: 'x' }],
    ['an unknown member next to a known one', { jwk: jwkOf(own), 'x5t#S256': 'x' }],
    ['a jkt that is not a string', { jkt: 5 }],
    ['a jwk that is a string', { jwk: 'x' }],
    ['an Ed25519 key', { jwk: { ...jwkOf(own), crv: 'Ed25519' } }],
    ['another key type', { jwk: { ...jwkOf(own), kty: 'EC' } }],
    ['a private key', { jwk: { ...jwkOf(own), d: jwkOf(own).x } }],
  ])('is refused if cnf is %s', async (_what, cnf) => {
    await expectRefusal(met({ cnf }), 'invalid_token', OTHER_FORM);
  });
});

describe('required bindings', () => {
  test('are met only if every one of them is', () => {
    expect(() => demand([], new Set())).not.toThrow();
    expect(() => demand(BINDINGS, new Set(BINDINGS))).not.toThrow();
    expect(() => demand(['sealed'], new Set<Binding>(['sealed', 'cnf']))).not.toThrow();
  });

  test.each(BINDINGS)('%s is not met by all the others together', (required) => {
    const others = new Set(BINDINGS.filter((one) => one !== required));
    expect(() => demand([required], others)).toThrow(
      expect.objectContaining({
        code: 'access_denied',
        message: 'The request is not bound to its recipient in every required way.',
      }),
    );
  });
});

test('a stolen token with the thief’s own xkey meets no binding but sealed', async () => {
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
        const proof = await createProof(thiefProver, { token, xkey: thief.text, url: REQUEST_URL, body: BODY });
        const context = contextOf(caller, { sealed, recipient: thief.text, ...(withProof ? { proof } : {}) });
        const outcome = await checkBinding(context).catch((error: { code: string }) => error.code);
        if (claims === bearings[0]) expect([...outcome]).toEqual(sealed ? ['sealed'] : []);
        else expect(outcome).toBe('invalid_token');
      }
    }
  }
});
