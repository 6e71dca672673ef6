import { WaxsealError } from '../wire/errors.ts';

/**
 * Every text with which a token or a proof is refused. `untrusted` stands for an unknown issuer, a suspended one, an algorithm
 * that it does not use, an unknown key and a wrong signature alike: who has no good token learns nothing about our issuers.
 */
const TEXTS = {
  tooLong: 'The token is too long.',
  malformed: 'The token is malformed.',
  extension: 'The token uses an extension that is not accepted.',
  kind: 'The token is of a kind that is not accepted here.',
  untrusted: 'The token is not signed by a trusted issuer.',
  missingClaim: 'The token lacks a claim that is needed.',
  expired: 'The token has expired.',
  early: 'The token is not valid yet.',
  tooOld: 'The token was issued too long ago.',
  tooLongLived: 'The token is valid for longer than is accepted.',
  audience: 'The token is for another audience.',
  otherKey: 'The token is bound to another key.',
  confirmation: 'The token is bound in a way that is not supported.',
  proofMalformed: 'The proof is malformed.',
  proofKey: 'The key of the proof is not usable.',
  proofSignature: 'The proof is not signed by its key.',
  proofTime: 'The proof was made too long ago, or its clock is off.',
  proofRequest: 'The proof is for another request.',
} as const;

/** Why a token or a proof is refused. */
export type TokenFault = keyof typeof TEXTS;

/** The refusal `invalid_token` with the fixed text of that fault. The cause must not hold the token. */
export function tokenRefusal(fault: TokenFault, cause?: unknown): WaxsealError {
  return new WaxsealError('invalid_token', TEXTS[fault], { cause });
}
