import { describe, expect, it } from 'vitest';
import { generateXkey } from '../../../lib/xkey/keys.ts';
import { internalError } from '../../kit/faults.ts';
import { expectRefusal } from '../../kit/refusals.ts';
import type { Scene } from './scene.ts';

/** Tests of the broker's own keys, and of a function while it starts. */
export function keyTests(given: () => Scene): void {
  describe('the broker’s keys', () => {
    it('rotate without losing a request', async () => {
      const { client, broker } = given();
      const before = broker.pins();
      await broker.rotateKeys();
      const after = broker.pins();
      expect(after[0]).toBe(before[1]);
      // Running environments hold the earlier keys, including the next one.
      for (const pin of before) await client({ brokerKeys: pin }).get('here');
      await broker.renew();
      for (const pin of new Set([...before, ...after])) await client({ brokerKeys: pin }).get('here');
      const keys = await (await fetch(`${broker.front.url}/v1/keys`)).json();
      expect(keys).toEqual({ current: after[0], next: after[1], previous: [before[0]] });
      const asking = client({ brokerKeys: before });
      await asking.get('here');
      expect(asking.seenBrokerKeys).toEqual({ current: after[0], next: after[1] });
    });

    it('are the only ones that open a request', async () => {
      const { client, broker, sealed, send } = given();
      const foreign = generateXkey().text;
      await expect(client({ brokerKeys: foreign }).get('here')).rejects.toMatchObject({ code: 'unknown_broker_key' });
      await client({ brokerKeys: [foreign, ...broker.pins()] }).get('here');
      const { body, recipient } = await sealed('get', { secret: 'here' });
      const changed = JSON.stringify({ ...JSON.parse(body), broker_key: broker.pins()[1] });
      expect(await send('get', changed, recipient)).toMatchObject({ status: 400, envelope: undefined });
    });
  });

  it('a function that starts while AWS is down refuses, and serves as soon as AWS is back', async () => {
    const { plain, client, broker } = given();
    broker.aws.reset();
    broker.aws.inject('*', internalError);
    await broker.renew();
    expectRefusal(await plain('get', { secret: 'here' }), { code: 'store_unavailable' });
    const keys = await fetch(`${broker.front.url}/v1/keys`);
    expect([keys.status, await keys.json()]).toMatchObject([503, { code: 'store_unavailable' }]);
    broker.aws.reset();
    await client().get('here');
    expect(broker.aws.operations()).toContain('PutItem');
  });
}
