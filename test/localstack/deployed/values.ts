import { describe, expect, it } from 'vitest';
import { WaxsealError } from 'waxseal';
import { expectRefusal } from '../../kit/refusals.ts';
import { CANARY, type Scene } from './scene.ts';

const STRIPE = JSON.stringify({ api_key: `${CANARY}-key`, other: `${CANARY}-other` });
const NO_VERSION = { code: 'not_found', text: 'The store has no such secret or version.' } as const;
const BINARY = {
  code: 'not_found',
  text: 'The secret is not a strict JSON object: it is binary and not valid UTF-8.',
} as const;
const NO_FIELD = { code: 'not_found', text: 'The secret has no such field.' } as const;
const refused = (code: string) => ({ name: 'WaxsealError', code });

/** Tests of what a workload receives. */
export function valueTests(given: () => Scene): void {
  describe('a secret', () => {
    it('comes to the client, sealed both ways', async () => {
      const { client, broker } = given();
      broker.front.reset();
      const secret = await client().get('payments/stripe');
      expect(secret.reveal()).toBe(STRIPE);
      expect(broker.front.calls()).toMatchObject([{ operation: 'POST /v1/get' }]);
      expect(Object.keys(broker.front.calls()[0]!.request!).sort()).toEqual(['broker_key', 'recipient', 'sealed']);
    });

    it('comes to a plain request, sealed to its recipient', async () => {
      const { plain } = given();
      const { status, body, envelope } = await plain('get', { secret: 'payments/stripe' });
      expect([status, Object.keys(body).sort()]).toEqual([200, ['request_id', 'sealed', 'sender']]);
      expect(envelope).toMatchObject({ typ: 'waxseal.get.v1', secret: 'payments/stripe', string: STRIPE });
      expect(JSON.stringify(body)).not.toContain(CANARY);
    });

    it('is found by its ARN, and by its name alone under the direct prefix', async () => {
      const { client, create, apply, usual } = given();
      const { ARN } = await create('by-arn', `${CANARY}-arn`);
      const secrets = [{ secret: 'payments/by-arn', ref: ARN }];
      await apply({ secrets });
      expect((await client().get('payments/by-arn')).reveal()).toBe(`${CANARY}-arn`);
      expect((await client().get('here')).reveal()).toBe(`${CANARY}-here`);
      await apply(usual);
    });

    it('has versions: current, previous, and each by its id', async () => {
      const { client, plain, create, put } = given();
      const first = (await create('direct/team/turning', `${CANARY}-1`)).VersionId!;
      const current = await client().get({ secret: 'team/turning', version: 'current' });
      expect([current.version, current.reveal()]).toEqual([first, `${CANARY}-1`]);
      await expect(client().get({ secret: 'team/turning', version: 'previous' })).rejects.toMatchObject(
        refused('not_found'),
      );
      const second = await put('direct/team/turning', `${CANARY}-2`);
      for (const [version, id, value] of [
        [undefined, second, `${CANARY}-2`],
        ['current', second, `${CANARY}-2`],
        ['previous', first, `${CANARY}-1`],
        [first, first, `${CANARY}-1`],
        [second, second, `${CANARY}-2`],
      ] as const) {
        const secret = await client().get({ secret: 'team/turning', version });
        expect([version, secret.version, secret.reveal()]).toEqual([version, id, value]);
      }
      const known = await client().get({ secret: 'team/turning', knownVersion: second });
      expect(known).toMatchObject({ unchanged: true, version: second });
      expectRefusal(await plain('get', { secret: 'team/turning', version: crypto.randomUUID() }), NO_VERSION);
      expectRefusal(await plain('get', { secret: 'team/turning', version: 3 }), { code: 'not_found' });
    });

    it('may be bytes', async () => {
      const { client, plain, create } = given();
      const bytes = Uint8Array.from([0, 255, 10, 13, 128, ...Buffer.from(CANARY)]);
      await create('direct/team/bytes', bytes);
      const secret = await client().get('team/bytes');
      expect([secret.kind, secret.revealBytes()]).toEqual(['binary', bytes]);
      const { envelope } = await plain('get', { secret: 'team/bytes' });
      expect(envelope!.binary).toBe(Buffer.from(bytes).toString('base64url'));
      expectRefusal(await plain('get', { secret: 'team/bytes', field: 'a' }), BINARY);
    });

    it('has fields, and a mapping may allow some of them and not the whole', async () => {
      const { client, plain } = given();
      const field = await client().get('waxseal://payments/stripe?field=api_key');
      expect([field.field, field.reveal()]).toEqual(['api_key', `${CANARY}-key`]);
      expectRefusal(await plain('get', { secret: 'payments/stripe', field: 'none' }), NO_FIELD);
      expect((await client().get({ secret: 'narrow', field: 'api_key' })).reveal()).toBe(`${CANARY}-narrow`);
      for (const question of [{ secret: 'narrow' }, { secret: 'narrow', field: 'other' }])
        expectRefusal(await plain('get', question), { code: 'access_denied' });
    });
  });

  describe('a secret that is missing', () => {
    it('is not found if a mapping allows it, with or without a record', async () => {
      const { client, plain } = given();
      for (const secret of ['payments/lost', 'payments/never', 'team/never']) {
        await expect(client().get(secret)).rejects.toMatchObject(refused('not_found'));
        expectRefusal(await plain('get', { secret }), NO_VERSION);
      }
    });

    it('looks like an existing one if no mapping allows it, and no store is called', async () => {
      const { client, plain, broker, asked } = given();
      broker.aws.reset();
      for (const secret of ['unmapped', 'unmapped-and-missing']) {
        await expect(client().get(secret)).rejects.toMatchObject(refused('access_denied'));
        expectRefusal(await plain('get', { secret }), { code: 'access_denied' });
      }
      expect(new Set(asked())).toEqual(new Set(['BatchGetItem', 'PutItem']));
    });
  });

  it('a batch returns each of 27 secrets its own result, in order, with one record', async () => {
    const { client, create, broker } = given();
    const { ledger } = broker;
    const names = Array.from({ length: 25 }, (_, index) => `team/many-${index}`);
    await Promise.all(names.map((name) => create(`direct/${name}`, `${CANARY} of ${name}`)));
    const before = (await ledger()).length;
    broker.aws.reset();
    const outcomes = await client().batchGet([...names.slice(0, 10), 'unmapped', 'team/never', ...names.slice(10)]);
    const shown = outcomes.map((one) => (one instanceof WaxsealError ? one.code : 'reveal' in one && one.reveal()));
    const values = names.map((name) => `${CANARY} of ${name}`);
    expect(shown).toEqual([...values.slice(0, 10), 'access_denied', 'not_found', ...values.slice(10)]);
    const reads = broker.aws.calls().filter(({ operation }) => operation === 'BatchGetSecretValue');
    const sizes = reads.map(({ request }) => (request!.SecretIdList as string[]).length);
    expect(new Set(sizes)).toEqual(new Set([20, 6]));
    expect((await ledger()).length).toBe(before + 1);
  });
}
