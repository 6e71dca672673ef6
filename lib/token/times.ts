import type { TrustedIssuer } from '../entries/issuer.ts';
import { type JsonObject, own } from '../wire/strict-json.ts';
import { tokenRefusal } from './refusals.ts';

/** How far the issuer's clock may be off, in seconds. Ages and lifetimes get no such leeway: they are the operator's limits. */
export const CLOCK_SKEW = 30;

/**
 * Checks a token's `exp`, `nbf` and `iat` against its issuer's entry.
 * @param now seconds since the epoch
 * @throws WaxsealError `invalid_token`
 */
export function checkTimes(issuer: TrustedIssuer, claims: JsonObject, now: number): void {
  const exp = time(claims, 'exp');
  const nbf = time(claims, 'nbf');
  const iat = time(claims, 'iat');
  if (exp === undefined && !issuer.noExp) throw tokenRefusal('noExpiry');
  if (exp !== undefined && now >= exp + CLOCK_SKEW) throw tokenRefusal('expired');
  if (nbf !== undefined && now < nbf - CLOCK_SKEW) throw tokenRefusal('early');
  if (iat !== undefined && now < iat - CLOCK_SKEW) throw tokenRefusal('early');
  if (issuer.maxTokenAge !== undefined) {
    if (iat === undefined) throw tokenRefusal('noIssuedAt');
    if (now - iat > issuer.maxTokenAge) throw tokenRefusal('tooOld');
  }
  if (issuer.maxLifetime !== undefined) {
    if (iat === undefined) throw tokenRefusal('noIssuedAt');
    // A token that never expires lives longer than any limit, even if `noExp` accepts such tokens.
    if (exp === undefined || exp - iat > issuer.maxLifetime) throw tokenRefusal('tooLongLived');
  }
}

function time(claims: JsonObject, name: string): number | undefined {
  const value = own(claims, name);
  if (value === undefined) return undefined;
  if (!isNumericDate(value)) throw tokenRefusal('malformed');
  return value;
}

/** Whether a value is a NumericDate (RFC 7519 section 2): seconds since the epoch, with or without a fraction, below 2^53. */
export function isNumericDate(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}
