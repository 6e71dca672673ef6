import { WaxsealError } from '../wire/errors.ts';

/**
 * Every text with which a token or a proof is refused. `untrusted` is deliberately one text for an unknown issuer, a suspended
 * issuer, an algorithm that the issuer does not use, an unknown key and a wrong signature: without a good token, nobody learns
 * anything about our issuers.
 */
const TEXTS = {
  tooLong: 'The token is longer than 8 KiB.',
  malformed: 'The token is malformed.',
  extension: 'The token’s header has crit or b64, which are not supported.',
  kind: 'The token is encrypted, or its typ is not JWT, at+jwt or JOSE.',
  untrusted: 'The token is not signed by a trusted issuer.',
  noIssuer: 'The token has no iss claim.',
  noSubject: 'The token has no sub claim.',
  noExpiry: 'The token has no exp claim, which its issuer’s entry requires.',
  noIssuedAt: 'The token has no iat claim, which its issuer’s entry requires.',
  expired: 'The token has expired.',
  early: 'The token is not valid yet.',
  tooOld: 'The token is older than its issuer’s max_token_age allows.',
  tooLongLived: 'The token is valid for longer than its issuer’s max_lifetime allows.',
  audience: 'The token is for another audience.',
  otherKey: 'The token is bound to another key.',
  confirmation: 'The token’s cnf claim must be either jkt or jwk with a public X25519 key, and nothing else.',
  proofMalformed: 'The proof is malformed.',
  proofKey: 'The key in the proof’s header cannot be used.',
  proofSignature: 'The proof is not signed by the key in its header.',
  proofTime: 'The proof’s iat differs from the broker’s time by more than 120 s.',
  proofRequest: 'The proof is for another request.',
} as const;

/** Why a token or a proof is refused. */
export type TokenFault = keyof typeof TEXTS;

/** The refusal `invalid_token` with the fixed text for that fault. */
export function tokenRefusal(fault: TokenFault): WaxsealError {
  return new WaxsealError('invalid_token', TEXTS[fault]);
}
