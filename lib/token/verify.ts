import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { TrustedIssuer } from '../entries/issuer.ts';
import { compact } from '../wire/compact.ts';
import type { Json } from '../wire/strict-json.ts';
import { checkAudience } from './audience.ts';
import type { Caller } from './caller.ts';
import type { IssuerDirectory } from './issuer-directory.ts';
import { isSignedBy, MAX_JWS_LENGTH } from './jws.ts';
import type { IssuerKeys } from './keys/issuer-keys.ts';
import type { VerificationKey } from './keys/verification-key.ts';
import { tokenRefusal } from './refusals.ts';
import { checkTimes } from './times.ts';
import { readToken, type UnverifiedToken } from './unverified-token.ts';

/** Turns a token into a caller. */
export interface TokenVerifier {
  /**
   * Verifies a JWT: its shape, issuer, signature, times and audience. Whether it is bound to the request's xkey is up to
   * `checkBinding`.
   * @param now the request's time, in seconds since the epoch
   * @throws WaxsealError `invalid_token`; `store_unavailable` if the issuer list or the issuer's keys cannot be read
   */
  verify(token: string, now: number, signal: AbortSignal): Promise<Caller>;
}

/** What verification needs. */
export interface TokenVerifierOptions {
  readonly directory: IssuerDirectory;
  readonly issuerKeys: IssuerKeys;
}

/** A token whose signature was good, and the issuer's entry and key under which it was. */
interface Remembered {
  readonly token: UnverifiedToken;
  readonly fingerprint: string;
  readonly thumbprint: string;
}

/**
 * Makes a verifier. It remembers tokens by the SHA-256 of their bytes, so that a signature is calculated once. A remembered
 * signature counts only under the same fingerprint of the issuer's entry and the same key, which must still be in the issuer's
 * set. Times, audience and the issuer's state are checked each time.
 */
export function createTokenVerifier({ directory, issuerKeys }: TokenVerifierOptions): TokenVerifier {
  const memory = new LRUCache<string, Remembered>({ max: 2_000, maxSize: 4_194_304 });

  return {
    async verify(text, now, signal) {
      if (text.length > MAX_JWS_LENGTH) throw tokenRefusal('tooLong');
      const tokenHash = hash('sha256', text, 'base64url');
      const remembered = memory.get(tokenHash);
      const token = remembered?.token ?? readToken(text);

      const issuer = await directory.find(token.issuer, signal);
      if (issuer?.state !== 'active') throw tokenRefusal('untrusted');
      const key = await issuerKeys.find(issuer, token.alg, token.kid, signal);
      if (key === undefined) throw tokenRefusal('untrusted');

      if (remembered === undefined || !stillHolds(remembered, issuer, key)) {
        if (key.alg !== token.alg || !isSignedBy(text, key)) throw tokenRefusal('untrusted');
        const entry = { token, fingerprint: issuer.fingerprint, thumbprint: key.thumbprint };
        memory.set(tokenHash, entry, { size: text.length });
        freeze(token.claims);
      }

      // Only now: the texts of these refusals would tell anybody which issuers we know.
      checkTimes(issuer, token.claims, now);
      checkAudience(issuer, token.claims);
      return callerOf(issuer, token, tokenHash);
    },
  };
}

function stillHolds(remembered: Remembered, issuer: TrustedIssuer, key: VerificationKey): boolean {
  return remembered.fingerprint === issuer.fingerprint && remembered.thumbprint === key.thumbprint;
}

function callerOf(issuer: TrustedIssuer, { subject, claims, tokenId }: UnverifiedToken, tokenHash: string): Caller {
  return Object.freeze(compact({ issuer, subject, claims, tokenHash, tokenId }));
}

/** All requests with the same token share its claims, so nobody may change them. */
function freeze(value: Json): void {
  if (typeof value !== 'object' || value === null) return;
  Object.freeze(value);
  for (const member of Object.values(value)) freeze(member);
}
