import { describe, expect, it } from 'vitest';
import { guardOf } from '../../../lib/admission/record.ts';
import type { UnverifiedRequest } from '../../../lib/admission/request.ts';
import type { TrustedIssuer } from '../../../lib/entries/issuer.ts';
import type { Caller } from '../../../lib/token/caller.ts';
import { generateXkey } from '../../../lib/xkey/keys.ts';
import { createTestIssuer, TEST_NOW } from '../../kit/test-issuer.ts';
import { signal, verifierFor } from '../token/verifying.ts';

const issuer = await createTestIssuer();

const request: UnverifiedRequest = {
  requestId: 'r',
  operation: 'get',
  token: '',
  recipient: generateXkey(),
  requestHash: 'h',
  method: 'POST',
  path: '/v1/get',
  now: TEST_NOW * 1000,
  journal: {},
  signal,
};

/** A verified caller whose token has these claims besides the usual, under such an entry. */
async function callerWith(claims: object, entry: Partial<TrustedIssuer>): Promise<Caller> {
  const token = await issuer.token({ iat: TEST_NOW - 60, ...claims });
  return verifierFor([issuer.entry(entry)]).verify(token, signal);
}

describe('what the guard knows of a token’s end', () => {
  it.each([
    ['exp', { exp: TEST_NOW + 900 }, {}, TEST_NOW + 900],
    ['iat plus the maximum age, without exp', { exp: undefined }, { noExp: true, maxTokenAge: 600 }, TEST_NOW + 540],
    ['exp, even if the maximum age ends sooner', { exp: TEST_NOW + 900 }, { maxTokenAge: 600 }, TEST_NOW + 900],
    ['exp, if it comes first', { exp: TEST_NOW + 300 }, { maxTokenAge: 600 }, TEST_NOW + 300],
    ['the next whole second after exp', { exp: TEST_NOW + 900.001 }, {}, TEST_NOW + 901],
    ['the next whole second after exp, whatever the age', { exp: TEST_NOW + 0.5 }, { maxTokenAge: 600 }, TEST_NOW + 1],
    [
      'the next whole second after iat plus the maximum age',
      { exp: undefined, iat: TEST_NOW - 59.999 },
      { noExp: true, maxTokenAge: 600 },
      TEST_NOW + 541,
    ],
    ['nothing, if there is neither', { exp: undefined }, { noExp: true }, undefined],
  ] as const)('is %s', async (_, claims, entry, end) => {
    expect(guardOf(request, await callerWith(claims, entry), true).tokenExpiresAt).toBe(end);
  });
});

describe('what the guard ties', () => {
  it.each([
    ['a token whose request releases values, under jti: once', true, 'once', true],
    ['no token whose request releases nothing', false, 'once', false],
    ['no token of an issuer without jti: once', true, 'any', false],
  ] as const)('is %s', async (_, releases, jti, tieToken) => {
    const guard = guardOf({ ...request, sealedHash: 's' }, await callerWith({ jti: 'j' }, { jti }), releases);
    expect(guard).toMatchObject({ tieToken, sealedHash: 's' });
  });
});
