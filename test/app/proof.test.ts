import { afterEach, describe, expect, it } from 'vitest';
import { generateXkey } from '../../lib/xkey/keys.ts';
import { BROKER_URL, startBroker, type TestBroker, type TestBrokerOptions } from '../kit/broker.ts';
import { expectRefusal, expectSealedRefusal } from '../kit/refusals.ts';
import { createProof, createTestSigner } from '../kit/test-issuer.ts';

let broker: TestBroker;
afterEach(() => broker.close());

const A = { secret: 'a' };
const OTHER_KEY = { code: 'invalid_token', text: 'The token is bound to another key.' } as const;
const OTHER_REQUEST = { code: 'invalid_token', text: 'The proof is for another request.' } as const;
const MALFORMED = { code: 'invalid_token', text: 'The proof is malformed.' } as const;
const UNBOUND = {
  code: 'access_denied',
  text: 'The request is not bound to its recipient in every required way.',
} as const;

async function start(demands: readonly string[], options: TestBrokerOptions = {}): Promise<void> {
  broker = await startBroker({
    mappings: [A],
    values: { a: 'the value' },
    issuerEntry: { require: demands },
    ...options,
  });
}

describe('a proof', () => {
  /** A holder of the key that the token names, with a proof of that for one request. */
  async function prover(url = `${BROKER_URL}/v1/get`) {
    const signer = await createTestSigner();
    const recipient = generateXkey();
    const token = await broker.issuer.token({ cnf: { jkt: signer.thumbprint } });
    const body = JSON.stringify({ recipient: recipient.text, ...A });
    const proof = await createProof(signer, { token, xkey: recipient.text, url, body });
    return { signer, recipient, token, body, proof };
  }

  function plain(
    { token, body, proof }: { token: string; body: string; proof?: string },
    headers = {},
    url = '/v1/get',
  ) {
    const usual = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const all = { ...usual, ...(proof === undefined ? {} : { dpop: proof }), ...headers };
    return broker.send(url, { method: 'POST', headers: all, body });
  }

  it('in the DPoP header binds a plain request to key, token, body, method and URL', async () => {
    await start(['proof']);
    const held = await prover();
    expect((await plain(held)).status).toBe(200);
    expectRefusal(await plain({ token: held.token, body: held.body }), OTHER_KEY);
    expectRefusal(await plain({ ...held, body: `${held.body} ` }), OTHER_REQUEST);
    const other = generateXkey();
    expectRefusal(await plain({ ...held, body: JSON.stringify({ recipient: other.text, ...A }) }), OTHER_REQUEST);
    expectRefusal(await plain({ ...held, proof: `${held.proof}, ${held.proof}` }), MALFORMED);
    const thief = await createTestSigner();
    const forged = await createProof(thief, {
      token: held.token,
      xkey: held.recipient.text,
      url: `${BROKER_URL}/v1/get`,
      body: held.body,
    });
    expectRefusal(await plain({ ...held, proof: forged }), OTHER_KEY);
  });

  it('of another operation is not valid for this one', async () => {
    await start(['proof']);
    expectRefusal(await plain(await prover(`${BROKER_URL}/v1/can-i`)), OTHER_REQUEST);
  });

  it('is compared with the configured URLs, never with the Host header', async () => {
    await start(['proof']);
    const held = await prover('https://evil.example.com/v1/get');
    const host = {
      host: 'evil.example.com',
      'x-forwarded-host': 'evil.example.com',
      forwarded: 'host=evil.example.com',
    };
    expectRefusal(await plain(held, host), OTHER_REQUEST);
    const response = await broker.app.request('https://evil.example.com/v1/get', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${held.token}`, dpop: held.proof },
      body: held.body,
    });
    expect(response.status).toBe(401);
    broker.close();
    await start(['proof'], { foundation: { publicUrls: [] } });
    expectRefusal(await plain(await prover()), OTHER_REQUEST);
  });

  it('inside a sealed request binds that too, and must not be anywhere else', async () => {
    await start(['sealed', 'proof']);
    const { signer, recipient, token } = await prover();
    const url = `${BROKER_URL}/v1/get`;
    const proof = await createProof(signer, { token, xkey: recipient.text, url });
    const inside = { proof };
    const good = await broker.sealed('get', A, { recipient, token, inside });
    expect(good.envelope).toMatchObject({ string: 'the value' });
    expectSealedRefusal(await broker.sealed('get', A, { recipient, token }), undefined, OTHER_KEY);
    expectSealedRefusal(await broker.sealed('get', A, { token, inside }), undefined, OTHER_REQUEST);
    const both = await broker.sealed('get', A, { recipient, token, inside, headers: { dpop: proof } });
    expect(both.envelope).toMatchObject({ error: { code: 'invalid_request' } });
  });

  it('is checked even if the token does not name its key, but binds nothing', async () => {
    await start(['proof']);
    const { signer, recipient, body } = await prover();
    const token = await broker.issuer.token();
    const of = { token, xkey: recipient.text, url: `${BROKER_URL}/v1/get`, body };
    expectRefusal(await plain({ token, body, proof: await createProof(signer, of) }), UNBOUND);
    expectRefusal(await plain({ token, body, proof: 'a.b.c' }), MALFORMED);
  });
});
