import { fromBase64url } from '../../wire/bytes.ts';
import { isJsonObject, type JsonObject, parseStrictJson } from '../../wire/strict-json.ts';

/**
 * The claims of one's own token, unverified: good for knowing when it ends and whether it is bound, never for trusting
 * anybody. Undefined where they cannot be read; the broker will say why.
 */
export function unverifiedClaims(token: string): JsonObject | undefined {
  const payload = fromBase64url(token.split('.')[1] ?? '');
  if (payload === undefined) return undefined;
  try {
    const claims = parseStrictJson(payload);
    return isJsonObject(claims) ? claims : undefined;
  } catch {
    return undefined;
  }
}
