import type { Ledger } from '../audit/ledger.ts';
import type { Ask } from '../broker/ask.ts';
import { auditRecord, guardOf, refusedSecret } from '../broker/record.ts';
import type { Catalog, View } from '../catalog/catalog.ts';
import { checkBinding, demand } from '../token/binding.ts';
import type { Caller } from '../token/caller.ts';
import type { IssuerDirectory } from '../token/issuer-directory.ts';
import type { TokenVerifier } from '../token/verify.ts';
import { toRefusal, WaxsealError } from '../wire/errors.ts';
import type { Want } from '../wire/requests.ts';
import type { Admitted } from './admitted.ts';

/** What admission needs. `now` is milliseconds; `publicUrls` are the bases that a proof's `htu` may begin with. */
export interface AdmitParts {
  readonly verifier: TokenVerifier;
  readonly directory: IssuerDirectory;
  readonly catalog: Catalog;
  readonly ledger: Ledger;
  readonly publicUrls: readonly string[];
  readonly now: () => number;
}

/**
 * Verifies the token, reads the catalog once, and checks how the request is bound to its recipient. From the moment that the
 * caller is known a refusal is written into the ledger before it is answered.
 * @throws WaxsealError `invalid_token`, `access_denied`, `store_unavailable`, `audit_unavailable`, `replayed`
 */
export async function admit(ask: Ask, wants: readonly Want[], parts: AdmitParts): Promise<Admitted> {
  const names = [...new Set(wants.map(({ secret }) => secret))];
  const { caller, view } = await verify(ask, names, parts);
  ask.journal.caller = caller;
  try {
    const met = await checkBinding({
      caller,
      recipient: ask.recipient.text,
      sealed: ask.sealedHash !== undefined,
      ...(ask.proof === undefined ? {} : { proof: ask.proof }),
      method: ask.method,
      path: ask.path,
      publicUrls: parts.publicUrls,
      ...(ask.sealedHash === undefined ? { bodyHash: ask.requestHash } : {}),
      now: Math.floor(parts.now() / 1000),
    });
    demand(caller.issuer.require, met);
    if (caller.issuer.jti === 'once' && caller.tokenId === undefined) {
      throw new WaxsealError('invalid_token', 'The token has no jti, which its issuer’s entry demands.');
    }
    return { caller, view, met };
  } catch (error) {
    const refusal = toRefusal(error);
    ask.journal.secrets = wants.map(refusedSecret);
    const record = { ...auditRecord(ask, caller, [], refusal.code), secrets: ask.journal.secrets };
    await parts.ledger.record(record, guardOf(ask, caller, []), ask.signal);
    throw refusal;
  }
}

/**
 * The issuer list may be 30 s old; the catalog's read is not. Where the two disagree on the issuer the list is read anew and
 * the token verified again under what stands there now: a suspended or changed issuer counts from this request on.
 */
async function verify(ask: Ask, names: readonly string[], parts: AdmitParts): Promise<{ caller: Caller; view: View }> {
  for (let attempt = 0; attempt < 2; attempt++) {
    const caller = await parts.verifier.verify(ask.token, Math.floor(parts.now() / 1000), ask.signal);
    const view = await parts.catalog.view(caller, names, ask.signal);
    if (view.issuer?.revision === caller.issuer.revision && view.issuer.state === 'active') return { caller, view };
    await parts.directory.refresh(ask.signal);
  }
  throw new WaxsealError('store_unavailable', 'The issuer’s entry is being changed. Try again.', { retryAfter: 1 });
}
