import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startBroker, type TestBroker } from '../kit/broker.ts';
import { expectRefusal } from '../kit/refusals.ts';

/** Which source of randomness fails, as on a system without a generator. */
const broken = vi.hoisted(() => ({ source: '' }));

vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>();
  const guarded = <T extends (...args: never[]) => unknown>(name: string, real: T): T =>
    ((...args: Parameters<T>) => {
      if (broken.source === name) throw new Error('no randomness');
      return real(...args);
    }) as T;
  return {
    ...crypto,
    randomFillSync: guarded('nonce', crypto.randomFillSync as never),
    generateKeyPairSync: guarded('sender', crypto.generateKeyPairSync as never),
  };
});

let broker: TestBroker;
beforeEach(async () => {
  broker = await startBroker({ mappings: [{ secret: 'a' }], values: { a: 'the value' } });
});
afterEach(() => {
  broken.source = '';
  broker.close();
});

describe('without randomness there is no answer', () => {
  it.each(['nonce', 'sender'])(
    'for the %s: 500 in clear, without a value, to plain and sealed requests',
    async (source) => {
      const { body } = await broker.sealedBody('get', { secret: 'a' });
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${await broker.issuer.token()}` };
      const plain = JSON.stringify({ recipient: JSON.parse(body).recipient, secret: 'a' });
      broken.source = source;
      for (const [sent, given] of [
        [plain, headers],
        [body, { 'content-type': 'application/json' }],
      ] as const) {
        const reply = await broker.send('/v1/get', { method: 'POST', headers: given, body: sent });
        expectRefusal(reply, { code: 'internal_error' });
        expect(JSON.stringify(reply.body)).not.toContain('the value');
        expect(broker.logs.at(-1)).toMatchObject({ code: 'internal_error', status: 500 });
      }
      broken.source = '';
      expect((await broker.sealed('get', { secret: 'a' })).envelope).toMatchObject({ string: 'the value' });
    },
  );
});

it('10,000 answers have 10,000 nonces and 10,000 senders', async () => {
  const seen = new Set<string>();
  const { sealRefusal } = await import('../../lib/http/answers.ts');
  const { WaxsealError } = await import('../../lib/wire/errors.ts');
  const { generateXkey } = await import('../../lib/xkey/keys.ts');
  const ask = { recipient: generateXkey(), requestHash: 'h' };
  for (let i = 0; i < 10_000; i++) {
    const { sender, sealed } = sealRefusal(ask, new WaxsealError('not_found'));
    seen.add(sender).add(Buffer.from(sealed.subarray(4, 28)).toString('hex'));
  }
  expect(seen.size).toBe(20_000);
});
