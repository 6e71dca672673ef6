import { hash } from 'node:crypto';
import type { Binding } from '../../../lib/entries/issuer.ts';
import { type BindingContext, checkBinding } from '../../../lib/token/binding.ts';
import type { Caller } from '../../../lib/token/caller.ts';
import { generateXkey } from '../../../lib/xkey/keys.ts';
import { createTestIssuer, createTestSigner, TEST_NOW } from '../../kit/test-issuer.ts';
import { signal, verifierFor } from './verifying.ts';

/** The request of these tests. */
export const REQUEST_URL = 'https://broker.example.com/v1/get';
export const BODY = '{"secret":"payments/stripe"}';
export const OTHER_KEY = 'The token is bound to another key.';

/** The honest recipient, and the thief of its token. */
export const own = generateXkey();
export const thief = generateXkey();
/** The key of the honest recipient's proofs. */
export const prover = await createTestSigner('ES256');
const issuer = await createTestIssuer();

/** A verified caller with these claims besides the usual ones, and its token. */
export async function callerWith(
  claims: Readonly<Record<string, unknown>>,
): Promise<{ caller: Caller; token: string }> {
  const token = await issuer.token(claims);
  return { caller: await verifierFor([issuer.entry()]).verify(token, signal), token };
}

/** The caller's plain request for the honest recipient. */
export function contextOf(caller: Caller, changes: Partial<BindingContext> = {}): BindingContext {
  return {
    caller,
    recipient: own.text,
    sealed: false,
    method: 'POST',
    path: '/v1/get',
    publicUrls: ['https://other.example.com', 'https://broker.example.com'],
    now: TEST_NOW,
    bodyHash: hash('sha256', BODY, 'base64url'),
    ...changes,
  };
}

/** The bindings that a request with such a token meets. */
export async function met(
  claims: Readonly<Record<string, unknown>>,
  changes: Partial<BindingContext> = {},
): Promise<Binding[]> {
  return [...(await checkBinding(contextOf((await callerWith(claims)).caller, changes)))];
}
