import { timingSafeEqual } from 'node:crypto';
import type { Binding } from '../entries/issuer.ts';
import { fromBase64url } from '../wire/bytes.ts';
import { WaxsealError } from '../wire/errors.ts';
import { isJsonObject, type Json, own } from '../wire/strict-json.ts';
import { decodePublicNkey } from '../xkey/nkey.ts';
import { audiences, boundXkeys } from './audience.ts';
import { checkProof, type ProvedRequest } from './proof.ts';
import { tokenRefusal } from './refusals.ts';

/** The parts of a verified caller's request that matter for binding. */
export interface BindingContext extends ProvedRequest {
  /** The DPoP proof, if the request has one. */
  readonly proof?: string;
}

/**
 * Finds out which bindings a request meets. A binding that is present must be right even if nobody requires it: a token that
 * names a key is of no use with another key.
 *
 * A proof counts only if the token's `cnf.jkt` names its key (RFC 9449 section 4.3, item 12), because a thief can make a proof
 * with any other key. Without `cnf.jkt` the proof is still checked, but meets nothing.
 * @throws WaxsealError `invalid_token` if an audience, `cnf` or proof is present and wrong
 */
export async function checkBinding(request: BindingContext): Promise<ReadonlySet<Binding>> {
  const met = new Set<Binding>();
  if (request.sealed) met.add('sealed');
  if (checkAudienceBinding(request)) met.add('audience-bound');
  const prover = request.proof === undefined ? undefined : await checkProof(request.proof, request);
  const cnf = own(request.caller.claims, 'cnf');
  if (cnf !== undefined) {
    const kind = checkConfirmation(cnf, request.recipient, prover);
    met.add('cnf');
    if (kind === 'jkt') met.add('proof');
  }
  return met;
}

/**
 * Requires that a request meets all of these bindings.
 * @throws WaxsealError `access_denied` if it lacks one; the text does not say which
 */
export function demand(required: Iterable<Binding>, met: ReadonlySet<Binding>): void {
  for (const binding of required) {
    if (!met.has(binding)) {
      throw new WaxsealError('access_denied', 'The request is not bound to its recipient in every required way.');
    }
  }
}

function checkAudienceBinding({ caller, recipient }: BindingContext): boolean {
  const { audience } = caller.issuer;
  if (audience === undefined) return false;
  const named = boundXkeys(caller.claims, audience);
  if (named.length === 0) return false;
  if (!named.every((xkey) => xkey === recipient)) throw tokenRefusal('otherKey');
  return audiences(caller.claims)?.length === 1; // with a second audience, somebody else can use the token elsewhere
}

/** Checks `cnf` (RFC 7800): exactly one member, of a known kind. A second member could be a demand that we would overlook. */
function checkConfirmation(cnf: Json, recipient: string, prover: string | undefined): 'jwk' | 'jkt' {
  if (!isJsonObject(cnf) || Object.keys(cnf).length !== 1) throw tokenRefusal('confirmation');
  const jwk = own(cnf, 'jwk');
  const jkt = own(cnf, 'jkt');
  if (typeof jkt === 'string') {
    if (jkt !== prover) throw tokenRefusal('otherKey');
    return 'jkt';
  }
  if (!isJsonObject(jwk) || own(jwk, 'kty') !== 'OKP' || own(jwk, 'crv') !== 'X25519' || Object.hasOwn(jwk, 'd')) {
    throw tokenRefusal('confirmation');
  }
  const x = own(jwk, 'x');
  const named = typeof x === 'string' ? fromBase64url(x) : undefined;
  const shown = decodePublicNkey('X', recipient);
  if (named?.length !== 32 || shown === undefined || !timingSafeEqual(named, shown)) throw tokenRefusal('otherKey');
  return 'jwk';
}
