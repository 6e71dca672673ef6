import type { Ledger } from '../audit/ledger.ts';
import type { Catalog, View } from '../catalog/catalog.ts';
import type { Binding } from '../entries/issuer.ts';
import { checkBinding, demand } from '../token/binding.ts';
import type { Caller } from '../token/caller.ts';
import type { IssuerDirectory } from '../token/issuer-directory.ts';
import type { TokenVerifier } from '../token/verify.ts';
import { compact } from '../wire/compact.ts';
import { toRefusal, WaxsealError } from '../wire/errors.ts';
import type { Want } from '../wire/requests.ts';
import { deniedSecret, record } from './record.ts';
import type { UnverifiedRequest } from './request.ts';

/** What admission needs. `publicUrls` are the base URLs that a proof's `htu` may start with. */
export interface AdmitParts {
  readonly verifier: TokenVerifier;
  readonly directory: IssuerDirectory;
  readonly catalog: Catalog;
  readonly ledger: Ledger;
  readonly publicUrls: readonly string[];
}

/** A verified caller whose request meets its issuer's demands, with what the catalog says about the wanted secrets. */
export interface Admitted {
  readonly caller: Caller;
  readonly view: View;
  /** The bindings that the request meets; mappings may demand some. */
  readonly met: ReadonlySet<Binding>;
}

/**
 * The single entry point of every plane: verifies the token, reads the catalog once, and checks how the request is bound to its
 * recipient. Once the caller is known, a refusal is written to the ledger before it is answered.
 * @throws WaxsealError `invalid_token`, `access_denied`, `store_unavailable`, `audit_unavailable`, `replayed`
 */
export async function admit(request: UnverifiedRequest, wants: readonly Want[], parts: AdmitParts): Promise<Admitted> {
  const names = [...new Set(wants.map(({ secret }) => secret))];
  const { caller, view } = await verify(request, names, parts);
  request.journal.caller = caller;
  try {
    const met = await checkBinding(
      compact({
        caller,
        recipient: request.recipient.text,
        sealed: request.sealedHash !== undefined,
        proof: request.proof,
        method: request.method,
        path: request.path,
        publicUrls: parts.publicUrls,
        bodyHash: request.sealedHash === undefined ? request.requestHash : undefined,
        now: toSeconds(request.now),
      }),
    );
    demand(caller.issuer.require, met);
    if (caller.issuer.jti === 'once' && caller.tokenId === undefined) {
      throw new WaxsealError('invalid_token', 'The token has no jti claim, which its issuer’s entry requires.');
    }
    return { caller, view, met };
  } catch (error) {
    const refusal = toRefusal(error);
    await record(request, caller, { code: refusal.code, secrets: wants.map(deniedSecret) }, parts.ledger);
    throw refusal;
  }
}

/**
 * The issuer list may be 30 s old, but the catalog's answer is not. If they disagree about the issuer, the list is read again
 * and the token verified under the new entry: a suspended or changed issuer takes effect with this request.
 */
async function verify(
  request: UnverifiedRequest,
  names: readonly string[],
  { verifier, catalog, directory }: AdmitParts,
): Promise<{ caller: Caller; view: View }> {
  for (let attempt = 0; attempt < 2; attempt++) {
    const caller = await verifier.verify(request.token, toSeconds(request.now), request.signal);
    const view = await catalog.view(caller, names, request.signal);
    if (view.issuer?.fingerprint === caller.issuer.fingerprint && view.issuer.state === 'active')
      return { caller, view };
    await directory.refresh(request.signal);
  }
  throw new WaxsealError('store_unavailable', 'The issuer’s entry is changing. Try again.', { retryAfter: 1 });
}

function toSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
