import { describe, expect, it } from 'vitest';
import { expectRefusal, expectSealedRefusal } from '../../kit/refusals.ts';
import { type Scene, SUBJECT } from './scene.ts';

const refused = (code: string) => ({ name: 'WaxsealError', code });
const REPLAYED = { code: 'replayed', text: 'The same request was already accepted.' } as const;
const here = { secret: 'here' };

/** Tests of access that was allowed a moment ago and no longer is. */
export function refusalTests(given: () => Scene): void {
  describe('access that was allowed is refused at the next request', () => {
    it('when its mapping is revoked, and allowed again when the mapping is back', async () => {
      const { client, plain, apply, usual, broker } = given();
      const asking = client();
      await asking.get('here');
      await apply({ mappings: usual.mappings.filter(({ secret }) => secret !== 'here') });
      broker.aws.reset();
      await expect(asking.get('here')).rejects.toMatchObject(refused('access_denied'));
      expectRefusal(await plain('get', here), { code: 'access_denied' });
      expect(broker.aws.operations()).not.toContain('GetSecretValue');
      await apply();
      await asking.get('here');
    });

    it('when a deny is added', async () => {
      const { client, plain, apply, usual, issuer } = given();
      const deny = { secret: 'here', issuer: issuer.issuer, subject: 'repo:acme/**', effect: 'deny' };
      await apply({ mappings: [...usual.mappings, deny] });
      await expect(client().get('here')).rejects.toMatchObject(refused('access_denied'));
      expectRefusal(await plain('get', here), { code: 'access_denied' });
      await apply();
    });

    it('when its issuer is suspended, while other issuers keep working', async () => {
      const { client, plain, token, apply, usual, otherIssuer, broker } = given();
      const other = client({ token: () => token({}, otherIssuer) });
      await other.get('payments/stripe');
      const issuers = usual.issuers.map((entry) =>
        entry.issuer === otherIssuer.issuer ? { ...entry, state: 'suspended' } : entry,
      );
      await apply({ issuers });
      await expect(other.get('payments/stripe')).rejects.toMatchObject(refused('invalid_token'));
      const reply = await plain('get', { secret: 'payments/stripe' }, await token({}, otherIssuer));
      expectRefusal(reply, { code: 'invalid_token', text: 'The token is not signed by a trusted issuer.' });
      await client().get('payments/stripe');
      await apply();
      // A running environment treats it as suspended for up to 30 s more.
      await broker.renew();
      await other.get('payments/stripe');
    });

    it('when its token has expired', async () => {
      const { plain, token } = given();
      const then = Math.floor(Date.now() / 1000) - 60;
      const reply = await plain('get', here, await token({ iat: then - 600, exp: then }));
      expectRefusal(reply, { code: 'invalid_token', text: 'The token has expired.' });
    });
  });

  it('the same sealed bytes are answered once', async () => {
    const { sealed, send, broker } = given();
    const { body, recipient } = await sealed('get', here);
    const first = await send('get', body, recipient);
    expect([first.status, first.envelope]).toMatchObject([200, here]);
    const again = await Promise.all([1, 2, 3].map(() => send('get', body, recipient)));
    for (const reply of again) expectSealedRefusal(reply, undefined, REPLAYED);
    const records = (await broker.ledger()).filter((item) => item.recipient?.S === recipient.text);
    expect(records).toMatchObject([{ request_id: { S: first.body.request_id }, subject: { S: SUBJECT } }]);
  });
}
