import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { WaxsealClient } from '../../../lib/client/client.ts';
import { WaxsealError } from '../../../lib/wire/errors.ts';
import { FORGED_VALUE, FORGERIES, replayingGateway } from '../../kit/forging-gateway.ts';
import { answer, type Move, scriptedBroker } from '../../kit/scripted-broker.ts';
import { bindingSource } from '../../kit/unsigned-token.ts';

/** Codes from which a caller would conclude something about the secret, and delete what it has. */
const CONCLUSIONS = ['not_found', 'access_denied', 'invalid_token', 'conflict'];

function clientBefore(moves: readonly Move[]) {
  const broker = scriptedBroker(moves);
  const client = new WaxsealClient({
    url: 'https://secrets.example.com',
    brokerKeys: broker.xkey.text,
    token: bindingSource(),
    fetch: broker.fetch,
  });
  return { broker, client };
}

async function refusalOf(promise: Promise<unknown>): Promise<WaxsealError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(WaxsealError);
  return error as WaxsealError;
}

describe('whoever terminates TLS cannot make the client believe anything (threats 13 and 34)', () => {
  for (const [name, move] of Object.entries(FORGERIES)) {
    it(`a gateway that ${name}`, async () => {
      const { broker, client } = clientBefore([move]);
      const refusal = await refusalOf(client.get('payments/stripe'));
      expect(CONCLUSIONS).not.toContain(refusal.code);
      expect(refusal.code).toBe('store_unavailable');
      expect(refusal.message).toMatch(/does not belong to this request|is not sealed/);
      expect(inspect(refusal, { depth: 9 })).not.toContain(FORGED_VALUE);
      expect(inspect(refusal, { depth: 9 })).not.toContain('gateway text');
      expect(broker.requests).toHaveLength(1);
    });
  }

  it('a gateway that replays the answer to an earlier request with the same xkey', async () => {
    const { broker, client } = clientBefore([replayingGateway()]);
    expect((await client.get('payments/stripe')).reveal()).toBe('true-value');
    const refusal = await refusalOf(client.get('payments/stripe'));
    expect(refusal.code).toBe('store_unavailable');
    expect(refusal.message).toContain('does not belong to this request');
    expect(broker.requests[1]!.recipient).toBe(broker.requests[0]!.recipient);
  });

  it('not even the broker’s own answer for another name or field is taken for this one', async () => {
    const other = answer({ secret: 'payments/paypal', version: 1, string: 'x' });
    const whole = answer({ secret: 'payments/stripe', version: 1, string: '{"api_key":"x"}' });
    expect((await refusalOf(clientBefore([other]).client.get('payments/stripe'))).code).toBe('internal_error');
    const asked = { secret: 'payments/stripe', field: 'api_key' };
    expect((await refusalOf(clientBefore([whole]).client.get(asked))).code).toBe('internal_error');
  });
});
