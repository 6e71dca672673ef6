import { CompactEncrypt, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateXkey } from '../../lib/xkey/keys.ts';
import { BROKER_URL, startBroker, type TestBroker } from '../kit/broker.ts';
import { createProof, createTestAccount, TEST_NOW, type TestIssuer } from '../kit/test-issuer.ts';

let broker: TestBroker;
let account: TestIssuer;
const recipient = generateXkey();
beforeAll(async () => {
  account = await createTestAccount();
  broker = await startBroker({
    issuers: [{ issuer: account.issuer, kind: 'nkey', no_exp: true }],
    mappings: [{ secret: 'a' }],
    values: { a: 'the value' },
  });
});
afterAll(() => broker.close());

/** What the same issuer signs for other purposes, and what is not a token at all. */
const KINDS: Readonly<Record<string, () => Promise<string> | string>> = {
  'a proof (dpop+jwt)': () => broker.issuer.token({}, { typ: 'dpop+jwt' }),
  'a security event (secevent+jwt)': () => broker.issuer.token({}, { typ: 'secevent+jwt' }),
  'a logout token (logout+jwt)': () => broker.issuer.token({}, { typ: 'logout+jwt' }),
  'a client’s key attestation': () => broker.issuer.token({}, { typ: 'oauth-client-attestation+jwt' }),
  'an SD-JWT': async () => `${await broker.issuer.token()}~`,
  'a type that is not a string': () => broker.issuer.token({}, { typ: ['JWT'] }),
  'an unsecured JWT': () => new UnsecuredJWT({ iss: broker.issuer.issuer, sub: 'repo:acme/api' }).encode(),
  'an encrypted JWT': () =>
    new CompactEncrypt(Buffer.from('{}'))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(new Uint8Array(32)),
  'the broker’s own answer': async () => String((await broker.plain('get', { secret: 'a' })).body.sealed),
  'an xkey': () => recipient.text,
  'a token of the account for an audience': () => account.token({ aud: 'https://secrets.example.com' }),
  'a token of the account with another key’s name': () => account.token({ iss: broker.issuer.issuer }),
  'a token of the issuer in the account’s name': () => broker.issuer.token({ iss: account.issuer }),
};

describe.each(Object.keys(KINDS))('%s', (kind) => {
  it('is not accepted as a token by any endpoint, plain or sealed', async () => {
    const token = await KINDS[kind]!();
    for (const [operation, question] of [
      ['get', { secret: 'a' }],
      ['batch-get', { secrets: [{ secret: 'a' }] }],
      ['list', {}],
      ['can-i', { secret: 'a' }],
    ] as const) {
      const plain = await broker.plain(operation, question, { token });
      expect([operation, plain.status, plain.body.code]).toEqual([operation, 401, 'invalid_token']);
      const sealed = await broker.sealed(operation, question, { token });
      expect([operation, sealed.status]).toEqual([operation, 401]);
      expect(sealed.envelope).toMatchObject({ typ: 'waxseal.error.v1', error: { code: 'invalid_token' } });
    }
  });
});

it('a token is not accepted as a proof', async () => {
  const token = await broker.issuer.token({ cnf: { jkt: broker.issuer.thumbprint } });
  const url = `${BROKER_URL}/v1/get`;
  const proof = await createProof(broker.issuer, { token, xkey: recipient.text, url });
  const ask = async (one: string) =>
    (await broker.sealed('get', { secret: 'a' }, { recipient, token, inside: { proof: one } })).status;
  expect(await ask(proof)).toBe(200);
  expect(await ask(token)).toBe(401);
  expect(await ask(await createProof(broker.issuer, { token, xkey: recipient.text, url }, {}, { typ: 'JWT' }))).toBe(
    401,
  );
  expect(
    await ask(await createProof(broker.issuer, { token, xkey: recipient.text, url }, { iat: TEST_NOW - 121 })),
  ).toBe(401);
});

it('a wasmCloud account’s own token is accepted', async () => {
  const token = await account.token();
  const { status } = await broker.plain('list', {}, { token });
  expect(status).toBe(200);
});
