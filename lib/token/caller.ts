import type { TrustedIssuer } from '../entries/issuer.ts';
import type { JsonObject } from '../wire/strict-json.ts';

/**
 * A verified workload. Only token verification makes one, and every function that reads secrets takes one, so an
 * unauthenticated read cannot be written down.
 */
export interface Caller {
  /** The entry of the catalog that the token was verified under. */
  readonly issuer: TrustedIssuer;
  /** `sub`, as it is. */
  readonly subject: string;
  /** All verified claims. Read members with `own`. */
  readonly claims: JsonObject;
  /** `jti`, where the token has one. */
  readonly tokenId?: string;
  /** SHA-256 of the token's bytes, base64url: what a proof's `ath` must equal (RFC 9449). Never logged. */
  readonly tokenHash: string;
}
