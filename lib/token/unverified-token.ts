import type { Algorithm } from '../entries/issuer.ts';
import { type JsonObject, own } from '../wire/strict-json.ts';
import { isIdentifier, MAX_ID_LENGTH, MAX_JWS_LENGTH, readJws } from './jws.ts';
import { tokenRefusal } from './refusals.ts';

/** A token of the right shape. Nothing in it is verified: `issuer` only says whose keys to try. */
export interface UnverifiedToken {
  readonly alg: Algorithm;
  readonly kid: string | undefined;
  readonly issuer: string;
  readonly subject: string;
  readonly tokenId: string | undefined;
  readonly claims: JsonObject;
}

// Issuer and subject together stay below what a key of the catalog can hold (2,048 bytes).
const MAX_ISSUER_BYTES = 512;
const MAX_SUBJECT_BYTES = 1024;
// JOSE says no more than that this is a JWS (RFC 7515 section 4.1.9); SPIFFE allows it.
const TOKEN_TYPES = /^(?:application\/)?(?:jwt|at\+jwt|jose)$/i;
const JWE = /^[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*){4}$/;

/**
 * Checks a token's size, spelling, JSON and header, and the claims that name issuer, subject and token. That is cheap, and
 * comes before anything is looked up, so rubbish costs nothing.
 * @throws WaxsealError `invalid_token`
 */
export function readToken(token: string): UnverifiedToken {
  if (token.length > MAX_JWS_LENGTH) throw tokenRefusal('tooLong');
  const jws = readJws(token);
  if (typeof jws === 'string') throw tokenRefusal(JWE.test(token) ? 'kind' : jws);
  const { header, payload: claims, alg } = jws;
  // Explicit typing (RFC 8725 section 3.11): a proof or an event of the same issuer is not a token.
  const typ = own(header, 'typ');
  if (typ !== undefined && !(typeof typ === 'string' && TOKEN_TYPES.test(typ))) throw tokenRefusal('kind');
  const kid = own(header, 'kid');
  if (kid !== undefined && !isIdentifier(kid, MAX_ID_LENGTH)) throw tokenRefusal('malformed');
  const tokenId = own(claims, 'jti');
  if (tokenId !== undefined && !isIdentifier(tokenId, MAX_ID_LENGTH)) throw tokenRefusal('malformed');
  const issuer = own(claims, 'iss');
  if (issuer === undefined) throw tokenRefusal('noIssuer');
  const subject = own(claims, 'sub');
  if (subject === undefined) throw tokenRefusal('noSubject');
  if (!isIdentifier(issuer, MAX_ISSUER_BYTES)) throw tokenRefusal('malformed');
  if (!isIdentifier(subject, MAX_SUBJECT_BYTES)) throw tokenRefusal('malformed');
  return { alg, kid, issuer, subject, tokenId, claims };
}
