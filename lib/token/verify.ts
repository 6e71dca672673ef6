import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { TrustedIssuer } from '../entries/issuer.ts';
import type { Json } from '../wire/strict-json.ts';
import type { Caller } from './caller.ts';
import { checkClaims } from './claims.ts';
import { MAX_JWS_LENGTH } from './compact-jws.ts';
import type { IssuerDirectory } from './issuer-directory.ts';
import type { KeySets } from './keys/issuer-keys.ts';
import { nkeyVerificationKey } from './keys/nkey.ts';
import type { VerificationKey } from './keys/verification-key.ts';
import { tokenRefusal } from './refusals.ts';
import { isSignedBy } from './signature.ts';
import { readToken, type UnverifiedToken } from './token-front.ts';

/** Turns a token into a caller. */
export interface TokenVerifier {
  /**
   * Verifies a JWT: its shape, its issuer, its signature, its times and its audience. Whether it is bound to the request's
   * xkey is `checkBinding`'s question.
   * @param now the request's time, in seconds since the epoch
   * @throws WaxsealError `invalid_token`; `store_unavailable` where issuers or keys cannot be had
   */
  verify(token: string, now: number, signal: AbortSignal): Promise<Caller>;
}

/** What verification needs. */
export interface TokenVerifierOptions {
  readonly directory: IssuerDirectory;
  readonly keySets: KeySets;
}

/** A token whose signature was found good, under which entry and key. */
interface Remembered {
  readonly token: UnverifiedToken;
  readonly fingerprint: string;
  readonly thumbprint: string;
}

/**
 * Makes a verifier. It remembers tokens by the SHA-256 of their bytes: the same bytes under the same issuer revision and the
 * same key, which must still be in the set, have the same signature, so only that is not calculated again. Everything that
 * depends on time or on the issuer's state is checked each time.
 */
export function createTokenVerifier({ directory, keySets }: TokenVerifierOptions): TokenVerifier {
  const memory = new LRUCache<string, Remembered>({ max: 2_000, maxSize: 4_194_304 });

  async function keyOf(issuer: TrustedIssuer, { alg, kid }: UnverifiedToken, signal: AbortSignal) {
    if (issuer.kind === 'nkey') return alg === 'Ed25519' ? nkeyVerificationKey(issuer.issuer) : undefined;
    return issuer.algorithms.includes(alg) ? keySets.find(issuer, alg, kid, signal) : undefined;
  }

  return {
    async verify(text, now, signal) {
      if (text.length > MAX_JWS_LENGTH) throw tokenRefusal('tooLong');
      const tokenHash = hash('sha256', text, 'base64url');
      const remembered = memory.get(tokenHash);
      const token = remembered?.token ?? readToken(text);
      const issuer = await directory.find(token.issuer, signal);
      if (issuer?.state !== 'active') throw tokenRefusal('untrusted');
      const key = await keyOf(issuer, token, signal);
      if (key === undefined) throw tokenRefusal('untrusted');
      if (remembered === undefined || !stillHolds(remembered, issuer, key)) {
        if (key.alg !== token.alg || !isSignedBy(text, key)) throw tokenRefusal('untrusted');
        const entry = { token, fingerprint: issuer.fingerprint, thumbprint: key.thumbprint };
        memory.set(tokenHash, entry, { size: text.length });
        freeze(token.claims);
      }
      checkClaims(issuer, token.claims, now);
      return callerOf(issuer, token, tokenHash);
    },
  };
}

function stillHolds(remembered: Remembered, issuer: TrustedIssuer, key: VerificationKey): boolean {
  return remembered.fingerprint === issuer.fingerprint && remembered.thumbprint === key.thumbprint;
}

function callerOf(issuer: TrustedIssuer, token: UnverifiedToken, tokenHash: string): Caller {
  const { subject, claims, tokenId } = token;
  return Object.freeze({ issuer, subject, claims, tokenHash, ...(tokenId === undefined ? {} : { tokenId }) });
}

/** Claims are shared by all requests with the same token, so nobody may change them. */
function freeze(value: Json): void {
  if (typeof value !== 'object' || value === null) return;
  Object.freeze(value);
  for (const member of Object.values(value)) freeze(member);
}
