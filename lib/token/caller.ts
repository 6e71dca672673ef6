import type { TrustedIssuer } from '../entries/issuer.ts';
import type { JsonObject } from '../wire/strict-json.ts';

/**
 * A verified workload. Only token verification makes one, and every function that reads secrets takes one, so code that reads
 * without authentication cannot be written.
 */
export interface Caller {
  /** The catalog entry under which the token was verified. */
  readonly issuer: TrustedIssuer;
  /** `sub`, unchanged. */
  readonly subject: string;
  /** All verified claims. Read members with `own`. */
  readonly claims: JsonObject;
  /** `jti`, if the token has one. */
  readonly tokenId?: string;
  /** SHA-256 of the token's bytes, base64url: what a proof's `ath` must equal (RFC 9449). Never logged. */
  readonly tokenHash: string;
}
