import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { TrustedIssuer } from '../../../lib/entries/issuer.ts';
import { isSignedBy } from '../../../lib/token/jws.ts';
import { createTestIssuer, createTestSigner, TEST_NOW, type TestIssuer } from '../../kit/test-issuer.ts';
import { expectRefusal, signal, TestClock, UNTRUSTED, verifierFor } from './verifying.ts';

vi.mock('../../../lib/token/jws.ts', { spy: true });

let issuer: TestIssuer;
beforeAll(async () => {
  issuer = await createTestIssuer();
});

describe('a token that was verified before', () => {
  /** A verifier whose signature checks are counted. */
  function counted(load: () => readonly TrustedIssuer[]) {
    const clock = new TestClock();
    const verify = vi.mocked(isSignedBy);
    verify.mockClear();
    return { clock, verify, verifier: verifierFor(load, { clock }) };
  }

  test('is not verified again, but its times are checked again', async () => {
    const { clock, verify, verifier } = counted(() => [issuer.entry({ maxTokenAge: 600 })]);
    const token = await issuer.token({ exp: TEST_NOW + 900 });
    const first = await verifier.verify(token, signal);
    expect(await verifier.verify(token, signal)).toEqual(first);
    clock.seconds = TEST_NOW + 600;
    await verifier.verify(token, signal);
    expect(verify).toHaveBeenCalledTimes(1);
    clock.seconds = TEST_NOW + 601;
    await expectRefusal(
      verifier.verify(token, signal),
      'invalid_token',
      'The token is older than its issuer’s max_token_age allows.',
    );
  });

  test('is refused as soon as exp and the clock skew are over', async () => {
    const { clock, verifier } = counted(() => [issuer.entry()]);
    const token = await issuer.token({ exp: TEST_NOW + 60 });
    await verifier.verify(token, signal);
    clock.seconds = TEST_NOW + 89;
    await verifier.verify(token, signal);
    clock.seconds = TEST_NOW + 90;
    await expectRefusal(verifier.verify(token, signal), 'invalid_token', 'The token has expired.');
  });

  test('is refused at once if its issuer is suspended, its key is removed or its audience changes', async () => {
    let entry = issuer.entry();
    const { clock, verify, verifier } = counted(() => [entry]);
    const token = await issuer.token();
    const later = async () => {
      clock.seconds += 30; // the issuer list is at most this old
      return verifier.verify(token, signal);
    };
    await later();
    entry = issuer.entry({ state: 'suspended', fingerprint: '2' });
    await expectRefusal(later(), 'invalid_token', UNTRUSTED);
    entry = issuer.entry({ jwks: { keys: [] } });
    await expectRefusal(later(), 'invalid_token', UNTRUSTED);
    entry = issuer.entry({ audience: 'https://elsewhere.example.com' });
    await expectRefusal(later(), 'invalid_token', 'The token is for another audience.');
    expect(verify).toHaveBeenCalledTimes(1);
  });

  test('is verified again under another fingerprint, and under another key with the same kid', async () => {
    let entry = issuer.entry();
    const { clock, verify, verifier } = counted(() => [entry]);
    const token = await issuer.token();
    await verifier.verify(token, signal);
    entry = issuer.entry({ fingerprint: '2' });
    clock.seconds += 30;
    await verifier.verify(token, signal);
    expect(verify).toHaveBeenCalledTimes(2);
    entry = issuer.entry({ fingerprint: '2', jwks: { keys: [(await createTestSigner('ES256')).jwk] } });
    clock.seconds += 30;
    await expectRefusal(verifier.verify(token, signal), 'invalid_token', UNTRUSTED);
    expect(verify).toHaveBeenCalledTimes(3);
  });

  test('is not remembered if the signature was wrong', async () => {
    const { verify, verifier } = counted(() => [issuer.entry()]);
    const forged = await (await createTestIssuer()).token();
    for (let times = 0; times < 3; times++) {
      await expectRefusal(verifier.verify(forged, signal), 'invalid_token', UNTRUSTED);
    }
    expect(verify).toHaveBeenCalledTimes(3);
  });

  test('is forgotten after 2,000 other tokens', async () => {
    const { verify, verifier } = counted(() => [issuer.entry()]);
    const token = await issuer.token();
    await verifier.verify(token, signal);
    for (let n = 0; n < 2000; n++) await verifier.verify(await issuer.token({ jti: `other-${n}` }), signal);
    await verifier.verify(token, signal);
    expect(verify).toHaveBeenCalledTimes(2002);
  });
});
