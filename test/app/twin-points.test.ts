import { afterEach, describe, expect, it } from 'vitest';
import { generateXkey, parsePublicXkey, type XkeyPair } from '../../lib/xkey/keys.ts';
import { decodePublicNkey, encodePublicNkey } from '../../lib/xkey/nkey.ts';
import { startBroker, type TestBroker } from '../kit/broker.ts';
import { TEST_AUDIENCE } from '../kit/test-issuer.ts';

let broker: TestBroker;
afterEach(() => broker.close());

const P = 2n ** 255n - 19n;

/**
 * The point that differs from a key's by the point of order 2: u' = 1/u. X25519 clears the cofactor, so every key agrees on the
 * same secret with both. It is canonical and not of low order, hence acceptable, but it is a different name.
 */
function twin(xkey: XkeyPair): string {
  const u = BigInt(`0x${Buffer.from(decodePublicNkey('X', xkey.text)!).reverse().toString('hex')}`);
  let inverse = 1n;
  for (let base = u, exponent = P - 2n; exponent > 0n; exponent >>= 1n, base = (base * base) % P)
    if (exponent & 1n) inverse = (inverse * base) % P;
  return encodePublicNkey('X', Buffer.from(inverse.toString(16).padStart(64, '0'), 'hex').reverse());
}

/** Sends a sealed request whose outer recipient somebody in between replaced by its twin. */
async function sendAsTwin(recipient: XkeyPair, token?: string) {
  const { body } = await broker.sealedBody('get', { secret: 'a' }, { recipient, ...(token && { token }) });
  const replaced = JSON.stringify({ ...JSON.parse(body), recipient: twin(recipient) });
  const headers = { 'content-type': 'application/json' };
  return broker.send('/v1/get', { method: 'POST', headers, body: replaced }, recipient);
}

describe('a recipient’s twin', () => {
  it('instead of the recipient gives the answer to nobody else', async () => {
    broker = await startBroker({ mappings: [{ secret: 'a' }], values: { a: 'the value' } });
    const recipient = generateXkey();
    expect(twin(recipient)).not.toBe(recipient.text);
    expect(parsePublicXkey(twin(recipient)).text).toBe(twin(recipient));
    const { status, envelope } = await sendAsTwin(recipient);
    expect([status, envelope?.string]).toEqual([200, 'the value']); // opened with the one private key that there is
  });

  it('is not the key that the token is bound to', async () => {
    broker = await startBroker({ mappings: [{ secret: 'a' }], values: { a: 'the value' } });
    const recipient = generateXkey();
    const x = recipient.key.export({ format: 'jwk' }).x;
    for (const claims of [
      { aud: `${TEST_AUDIENCE}#${recipient.text}` },
      { cnf: { jwk: { kty: 'OKP', crv: 'X25519', x } } },
    ]) {
      const { status, envelope } = await sendAsTwin(recipient, await broker.issuer.token(claims));
      expect([status, envelope?.error]).toEqual([
        401,
        { code: 'invalid_token', message: 'The token is bound to another key.' },
      ]);
    }
  });
});
