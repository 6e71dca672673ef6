import { type JsonObject, own } from '../wire/strict-json.ts';
import type { Caller } from './caller.ts';
import { isIdentifier, isSignedBy, MAX_ID_LENGTH, readJws } from './jws.ts';
import { importVerificationKey, readPublicJwk } from './keys/verification-key.ts';
import { tokenRefusal } from './refusals.ts';
import { isNumericDate } from './times.ts';

/** Seconds by which a proof's `iat` may be off, either way: the same as for a sealed request. */
const PROOF_WINDOW = 120;

/** The request that a proof must be for. */
export interface ProvedRequest {
  readonly caller: Caller;
  /** The recipient's xkey, `X…`. */
  readonly recipient: string;
  readonly sealed: boolean;
  readonly method: string;
  /** The request's path, from `/`. */
  readonly path: string;
  /** The broker's configured URLs; never taken from the Host header. */
  readonly publicUrls: readonly string[];
  /** SHA-256 of the body, base64url; only for plain requests. */
  readonly bodyHash?: string;
  /** Seconds since the epoch. */
  readonly now: number;
}

/**
 * Checks a DPoP proof (RFC 9449 section 4.3) that also names the xkey and, in plain mode, the body.
 * @returns the thumbprint (RFC 7638, SHA-256) of the proof's key, to compare with the token's `cnf.jkt`
 * @throws WaxsealError `invalid_token`
 */
export async function checkProof(proof: string, request: ProvedRequest): Promise<string> {
  const jws = readJws(proof);
  if (typeof jws === 'string' || own(jws.header, 'typ') !== 'dpop+jwt') throw tokenRefusal('proofMalformed');
  // Nowhere else is a key read from a header. It proves nothing unless the token's `cnf.jkt` names it.
  const jwk = await readPublicJwk(own(jws.header, 'jwk'));
  const key = jwk?.algorithms.includes(jws.alg) ? await importVerificationKey(jwk, jws.alg) : undefined;
  if (key === undefined) throw tokenRefusal('proofKey');
  checkContent(jws.payload, request);
  if (key.alg !== jws.alg || !isSignedBy(proof, key)) throw tokenRefusal('proofSignature');
  return key.thumbprint;
}

function checkContent(claims: JsonObject, request: ProvedRequest): void {
  const iat = own(claims, 'iat');
  if (!isIdentifier(own(claims, 'jti'), MAX_ID_LENGTH) || !isNumericDate(iat)) throw tokenRefusal('proofMalformed');
  if (Math.abs(request.now - iat) > PROOF_WINDOW) throw tokenRefusal('proofTime');
  const fits =
    own(claims, 'htm') === request.method &&
    own(claims, 'ath') === request.caller.tokenHash &&
    own(claims, 'xkey') === request.recipient &&
    (request.sealed || (request.bodyHash !== undefined && own(claims, 'body') === request.bodyHash)) &&
    isForUrl(own(claims, 'htu'), request);
  if (!fits) throw tokenRefusal('proofRequest');
}

/** Compares without query and fragment, both normalised (RFC 9449 section 4.3, item 9). */
function isForUrl(htu: unknown, { path, publicUrls }: ProvedRequest): boolean {
  const claimed = typeof htu === 'string' ? bare(htu) : undefined;
  return claimed !== undefined && publicUrls.some((url) => bare(url.replace(/\/$/, '') + path) === claimed);
}

function bare(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '') return undefined;
  url.search = '';
  url.hash = '';
  return url.href;
}
