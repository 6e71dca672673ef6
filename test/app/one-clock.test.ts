import { afterEach, describe, expect, it } from 'vitest';
import type { Foundation } from '../../lib/assemble.ts';
import { createApp } from '../../lib/http/app.ts';
import { firstBrokerKeys } from '../../lib/keys/broker-key-set.ts';
import type { Operation } from '../../lib/wire/operations.ts';
import { generateXkey } from '../../lib/xkey/keys.ts';
import { BROKER_URL, openAnswer, startBroker, type TestBroker } from '../kit/broker.ts';
import { createProof, createTestSigner, TEST_NOW } from '../kit/test-issuer.ts';

let broker: TestBroker;
afterEach(() => broker.close());

const QUESTIONS: readonly (readonly [Operation, object, object])[] = [
  ['get', { secret: 'a' }, { refresh_after: '2026-11-22T02:01:00.000Z' }],
  ['batch-get', { secrets: [{ secret: 'a' }] }, { secrets: [{ refresh_after: '2026-11-22T02:01:00.000Z' }] }],
  ['list', { limit: 1 }, { next: expect.any(String) }],
  ['can-i', { secret: 'a' }, { allowed: true }],
];

/** A broker whose caches have a clock of their own, behind an app whose clock is right once and then a year late. */
async function start(foundation: Partial<Foundation> = {}) {
  const at = TEST_NOW * 1000;
  broker = await startBroker({
    issuerEntry: { jti: 'once', max_token_age: '10m' },
    mappings: [{ secret: 'a' }, { secret: 'b' }],
    values: { a: 'the value', b: 'another' },
    foundation,
  });
  const clock = { reads: 0 };
  const { broker: plane, keys } = broker.assembled;
  const app = createApp({
    broker: plane,
    keys,
    budgetMs: 5000,
    onRequest: () => {},
    now: () => at + (clock.reads++ === 0 ? 0 : 365 * 86_400_000),
  });
  return { app, clock };
}

describe.each(QUESTIONS)('%s', (operation, question, expected) => {
  it.each(['plain', 'sealed'] as const)(
    'reads the clock once for a %s request, and decides everything by that',
    async (mode) => {
      const { app, clock } = await start();
      const recipient = generateXkey();
      const signer = await createTestSigner();
      const token = await broker.issuer.token({ jti: 'once', cnf: { jkt: signer.thumbprint } });
      const url = `${BROKER_URL}/v1/${operation}`;
      const proved = { token, xkey: recipient.text, url };
      const plain = JSON.stringify({ recipient: recipient.text, ...question });
      const headers: Record<string, string> = { 'content-type': 'application/json' };
      let body = plain;
      if (mode === 'plain') {
        headers.authorization = `Bearer ${token}`;
        headers.dpop = await createProof(signer, { ...proved, body });
      } else {
        const inside = { proof: await createProof(signer, proved) };
        ({ body } = await broker.sealedBody(operation, { ...question }, { recipient, token, inside }));
      }
      const response = await app.request(url, { method: 'POST', headers, body });
      expect(openAnswer((await response.json()) as never, recipient)).toMatchObject(expected);
      expect(clock.reads).toBe(1);
      expect(broker.ledgerRows()).toMatchObject([{ at: '2026-11-22T02:00:00.000Z' }]);
    },
  );
});

it('a previous key opens a request by the time at which it arrived, however long its reading took', async () => {
  const until = TEST_NOW * 1000 + 1;
  const loadKeys = async () => ({ ...firstBrokerKeys(), previous: [{ pair: broker.keys.current, until }] });
  const { app, clock } = await start({ loadKeys });
  const token = await broker.issuer.token({ jti: 'once' });
  const { body, recipient } = await broker.sealedBody('get', { secret: 'a' }, { token });
  broker.clock.now = until;
  const headers = { 'content-type': 'application/json' };
  const response = await app.request(`${BROKER_URL}/v1/get`, { method: 'POST', headers, body });
  expect(openAnswer((await response.json()) as never, recipient)).toMatchObject({ string: 'the value' });
  expect(clock.reads).toBe(1);
});
