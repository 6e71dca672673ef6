import { afterEach, describe, expect, it } from 'vitest';
import { fromBase64url } from '../../lib/wire/bytes.ts';
import { open } from '../../lib/xkey/box.ts';
import { parsePublicXkey } from '../../lib/xkey/keys.ts';
import { startBroker, type TestBroker } from '../kit/broker.ts';

let broker: TestBroker;
afterEach(() => broker.close());

const VALUE = 'the value that nobody sees';
const OTHER_TYPE = 'The typ of the sealed request is for another endpoint.';
const OPERATIONS = ['get', 'batch-get', 'list', 'can-i'] as const;

async function start(): Promise<void> {
  broker = await startBroker({ mappings: [{ secret: 'a/*' }], values: { 'a/1': VALUE, 'a/2': VALUE } });
}

const post = (operation: string, body: object) =>
  broker.send(`/v1/${operation}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

/** What the broker answers to a box that it could open itself: opened here with its own key, which only it has. */
function openedByBroker({ sender, sealed }: Readonly<Record<string, unknown>>): unknown {
  const opened = open(fromBase64url(String(sealed))!, parsePublicXkey(String(sender)), broker.keys.current);
  return JSON.parse(Buffer.from(opened).toString());
}

describe('a request with the broker’s own key as the recipient', () => {
  it('makes the broker open its own answer, and gets a refusal by type that only the broker can open', async () => {
    await start();
    const { body } = await broker.plain('get', { secret: 'a/1' }, { recipient: broker.keys.current });
    const { sender, sealed } = body;
    for (const operation of OPERATIONS) {
      const reply = await post(operation, { recipient: sender, broker_key: broker.keys.current.text, sealed });
      expect([reply.status, Object.keys(reply.body).sort()]).toEqual([400, ['request_id', 'sealed', 'sender']]);
    }
    expect(JSON.stringify([broker.logs, broker.ledgerRows()])).not.toContain(VALUE);
    expect(broker.logs.slice(1).map(({ reason }) => reason)).toEqual(OPERATIONS.map(() => OTHER_TYPE));
  });

  it('makes the broker open a list’s continuation, which is not a request either', async () => {
    await start();
    const { envelope } = await broker.sealed('list', { limit: 1 });
    const key = broker.keys.current.text;
    for (const operation of OPERATIONS) {
      const reply = await post(operation, { recipient: key, broker_key: key, sealed: envelope!.next });
      expect(reply.status).toBe(400);
      expect(openedByBroker(reply.body)).toMatchObject({ error: { code: 'invalid_request', message: OTHER_TYPE } });
    }
    expect(broker.ledgerRows()).toHaveLength(1); // the list's own
  });
});
