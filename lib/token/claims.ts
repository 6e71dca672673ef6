import type { TrustedIssuer } from '../entries/issuer.ts';
import { type JsonObject, own } from '../wire/strict-json.ts';
import { audiences, isAudience } from './audience.ts';
import { tokenRefusal } from './refusals.ts';

/** How far the issuer's clock may be off, in seconds. Not granted to ages and lifetimes, which are the operator's limits. */
export const CLOCK_SKEW = 30;

/**
 * Checks what a token says about time and audience against its issuer's entry. Called after the signature was found good:
 * before, its texts would tell which issuers we know. Called again for a token that is remembered, since time passes.
 *
 * Times (RFC 7519 section 2, NumericDate) must be whole seconds: fractions and numbers past 2^53 are refused.
 * @param now seconds since the epoch
 * @throws WaxsealError `invalid_token`
 */
export function checkClaims(issuer: TrustedIssuer, claims: JsonObject, now: number): void {
  checkTimes(issuer, claims, now);
  checkAudience(issuer, claims);
}

function checkTimes(issuer: TrustedIssuer, claims: JsonObject, now: number): void {
  const exp = time(claims, 'exp');
  const nbf = time(claims, 'nbf');
  const iat = time(claims, 'iat');
  if (exp === undefined && !issuer.noExp) throw tokenRefusal('missingClaim');
  if (exp !== undefined && now >= exp + CLOCK_SKEW) throw tokenRefusal('expired');
  if (nbf !== undefined && now < nbf - CLOCK_SKEW) throw tokenRefusal('early');
  if (iat !== undefined && now < iat - CLOCK_SKEW) throw tokenRefusal('early');
  if (issuer.maxTokenAge !== undefined) {
    if (iat === undefined) throw tokenRefusal('missingClaim');
    if (now - iat > issuer.maxTokenAge) throw tokenRefusal('tooOld');
  }
  if (issuer.maxLifetime !== undefined) {
    if (iat === undefined) throw tokenRefusal('missingClaim');
    // A token without an end outlives any limit, even where `noExp` lets it in otherwise.
    if (exp === undefined || exp - iat > issuer.maxLifetime) throw tokenRefusal('tooLongLived');
  }
}

function time(claims: JsonObject, name: string): number | undefined {
  const value = own(claims, name);
  if (value === undefined) return undefined;
  if (!Number.isSafeInteger(value)) throw tokenRefusal('malformed');
  return value as number;
}

function checkAudience(issuer: TrustedIssuer, claims: JsonObject): void {
  const found = audiences(claims);
  if (found === undefined) throw tokenRefusal('malformed');
  if (issuer.audience === undefined) {
    // Only wasmCloud's tokens have none; one that names an audience was made for somebody else.
    if (issuer.kind !== 'nkey' || Object.hasOwn(claims, 'aud')) throw tokenRefusal('audience');
  } else if (!isAudience(found, issuer.audience)) throw tokenRefusal('audience');
}
