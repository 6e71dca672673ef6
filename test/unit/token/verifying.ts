import { expect } from 'vitest';
import type { TrustedIssuer } from '../../../lib/entries/issuer.ts';
import { createIssuerDirectory } from '../../../lib/token/issuer-directory.ts';
import { createIssuerKeys, type IssuerKeys } from '../../../lib/token/keys/issuer-keys.ts';
import { createTokenVerifier } from '../../../lib/token/verify.ts';
import type { ErrorCode } from '../../../lib/wire/errors.ts';
import { TEST_NOW } from '../../kit/test-issuer.ts';

/** Long enough for any test. */
export const signal = new AbortController().signal;

/** A clock that moves only when a test sets it. In seconds; `ms` returns milliseconds, as the parts expect. */
export class TestClock {
  seconds: number;
  constructor(seconds = TEST_NOW) {
    this.seconds = seconds;
  }
  readonly ms = (): number => this.seconds * 1000;
}

/** A verifier that trusts these issuers, and takes the time from the clock. */
export function verifierFor(
  entries: readonly TrustedIssuer[] | (() => readonly TrustedIssuer[]),
  options: { clock?: TestClock; issuerKeys?: IssuerKeys } = {},
) {
  const clock = options.clock ?? new TestClock();
  const now = clock.ms;
  const issuerKeys = options.issuerKeys ?? createIssuerKeys({ now });
  const load = async () => (typeof entries === 'function' ? entries() : entries);
  const verifier = createTokenVerifier({ directory: createIssuerDirectory({ load, now }), issuerKeys });
  return { verify: (token: string, signal: AbortSignal) => verifier.verify(token, clock.seconds, signal) };
}

/** Expects a refusal with exactly that code and text. */
export async function expectRefusal(work: Promise<unknown>, code: ErrorCode, message: string): Promise<void> {
  await expect(work).rejects.toMatchObject({ name: 'WaxsealError', code, message });
}

/** Texts that several tests expect. */
export const UNTRUSTED = 'The token is not signed by a trusted issuer.';
export const MALFORMED = 'The token is malformed.';
