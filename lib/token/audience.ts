import type { TrustedIssuer } from '../entries/issuer.ts';
import { type JsonObject, own } from '../wire/strict-json.ts';
import { tokenRefusal } from './refusals.ts';

/**
 * Checks that a token was made for this broker: one of its audiences is the issuer's `audience`, or its only audience is that
 * one with an xkey, `<audience>#<xkey>`.
 * @throws WaxsealError `invalid_token`
 */
export function checkAudience(issuer: TrustedIssuer, claims: JsonObject): void {
  const found = audiences(claims);
  if (found === undefined) throw tokenRefusal('malformed');
  if (issuer.audience === undefined) {
    // Only tokens of wasmCloud have no audience. One that names an audience was made for somebody else.
    if (issuer.kind !== 'nkey' || Object.hasOwn(claims, 'aud')) throw tokenRefusal('audience');
  } else if (!isFor(issuer.audience, found)) throw tokenRefusal('audience');
}

/** The token's audiences (RFC 7519 section 4.1.3); undefined if `aud` is neither a string nor a list of strings. */
export function audiences(claims: JsonObject): readonly string[] | undefined {
  const aud = own(claims, 'aud');
  if (aud === undefined) return [];
  if (typeof aud === 'string') return [aud];
  return isStrings(aud) ? aud : undefined;
}

/** The xkeys to which the token's audiences bind it: whatever follows `<audience>#`. Not checked to be xkeys. */
export function boundXkeys(claims: JsonObject, audience: string): readonly string[] {
  const prefix = `${audience}#`;
  return (audiences(claims) ?? [])
    .filter((entry) => entry.startsWith(prefix))
    .map((entry) => entry.slice(prefix.length));
}

function isFor(audience: string, found: readonly string[]): boolean {
  return found.includes(audience) || (found.length === 1 && found[0]!.startsWith(`${audience}#`));
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}
