import type { AuditedSecret, AuditRecord, Guard, Ledger } from '../audit/ledger.ts';
import type { Caller } from '../token/caller.ts';
import { compact } from '../wire/compact.ts';
import type { ErrorCode } from '../wire/errors.ts';
import type { Want } from '../wire/requests.ts';
import { own } from '../wire/strict-json.ts';
import type { UnverifiedRequest } from './request.ts';

/** What was decided about a request, as the ledger keeps it. */
export interface Verdict {
  /** Why the request was denied; absent if it was allowed. */
  readonly code?: ErrorCode;
  readonly secrets: readonly AuditedSecret[];
  /** Whether values are released: with `jti: once` that ties the token to its recipient. */
  readonly releases?: boolean;
}

/**
 * Writes down a request whose caller is known. Resolves when the record, which is also the replay guard, is durable.
 * @throws WaxsealError `audit_unavailable`, `replayed`, `invalid_token`; see {@link Ledger}
 */
export async function record(
  request: UnverifiedRequest,
  caller: Caller,
  verdict: Verdict,
  ledger: Ledger,
): Promise<void> {
  const { code, secrets, releases = false } = verdict;
  request.journal.secrets = secrets;
  const decision: AuditRecord['decision'] = code === undefined ? 'allowed' : 'denied';
  const auditRecord = compact({
    request_id: request.requestId,
    operation: request.operation,
    decision,
    code,
    issuer: caller.issuer.issuer,
    subject: caller.subject,
    token_id: caller.tokenId,
    recipient: request.recipient.text,
    sealed: request.sealedHash !== undefined,
    secrets,
  });
  await ledger.record(auditRecord, guardOf(request, caller, releases), request.now, request.signal);
}

/** What must not happen twice with this request. Only the release of a value ties a token to its recipient. */
export function guardOf({ sealedHash }: UnverifiedRequest, caller: Caller, releases: boolean): Guard {
  const tieToken = releases && caller.issuer.jti === 'once';
  return compact({ sealedHash, tokenExpiresAt: lastSecondOf(caller), tieToken });
}

/**
 * Until when the token's tie must be kept: `exp`, or `iat` plus the maximum age of an issuer that accepts tokens without one;
 * undefined if the token never ends. A fraction is rounded up, so the tie is never too short. `exp` counts even if the maximum
 * age ends sooner: an operator may raise that later.
 */
function lastSecondOf({ claims, issuer }: Caller): number | undefined {
  const exp = own(claims, 'exp');
  if (typeof exp === 'number') return Math.ceil(exp);
  const iat = own(claims, 'iat');
  return typeof iat === 'number' && issuer.maxTokenAge !== undefined ? Math.ceil(iat + issuer.maxTokenAge) : undefined;
}

/** How the record describes a secret that no mapping decided on, or that is denied. */
export function deniedSecret({ secret, field, version = 'current' }: Want): AuditedSecret {
  const decision = 'denied';
  return field === undefined ? { secret, version, decision } : { secret, field, version, decision };
}
