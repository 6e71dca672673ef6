import { type JsonObject, own } from '../wire/strict-json.ts';

/** The token's audiences (RFC 7519 section 4.1.3), or undefined where `aud` is not a text or a list of texts. */
export function audiences(claims: JsonObject): readonly string[] | undefined {
  const aud = own(claims, 'aud');
  if (aud === undefined) return [];
  if (typeof aud === 'string') return [aud];
  return isTexts(aud) ? aud : undefined;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

/** The xkeys that the token's audiences bind it to: what follows `<audience>#`. Not checked to be xkeys. */
export function boundXkeys(claims: JsonObject, audience: string): readonly string[] {
  const prefix = `${audience}#`;
  return (audiences(claims) ?? [])
    .filter((entry) => entry.startsWith(prefix))
    .map((entry) => entry.slice(prefix.length));
}

/** Tells whether a token is for us: one audience is ours, or its single audience is ours with an xkey. */
export function isAudience(found: readonly string[], audience: string): boolean {
  return found.includes(audience) || (found.length === 1 && found[0]!.startsWith(`${audience}#`));
}
