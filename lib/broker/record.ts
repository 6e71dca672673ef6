import type { AuditedSecret, AuditRecord, Guard } from '../audit/ledger.ts';
import type { Caller } from '../token/caller.ts';
import type { ErrorCode } from '../wire/errors.ts';
import type { Want } from '../wire/requests.ts';
import { own } from '../wire/strict-json.ts';
import type { Ask } from './ask.ts';
import type { Ruling } from './ruling.ts';

/** The record of a request: allowed where at least one of its secrets is, or where it reads none (list). */
export function auditRecord(ask: Ask, caller: Caller, rulings: readonly Ruling[], refusal?: ErrorCode): AuditRecord {
  const denied = refusal !== undefined || (rulings.length > 0 && !rulings.some(({ decision }) => decision.allowed));
  return {
    request_id: ask.requestId,
    operation: ask.operation,
    decision: denied ? 'denied' : 'allowed',
    ...(denied ? { code: refusal ?? 'access_denied' } : {}),
    issuer: caller.issuer.issuer,
    subject: caller.subject,
    ...(caller.tokenId === undefined ? {} : { token_id: caller.tokenId }),
    recipient: ask.recipient.text,
    sealed: ask.sealedHash !== undefined,
    secrets: rulings.map(auditedSecret),
  };
}

/** What must not happen twice with this request. Only an allowed get or batch-get ties the token to its recipient. */
export function guardOf(ask: Ask, caller: Caller, rulings: readonly Ruling[]): Guard {
  const releases = ask.operation === 'get' || ask.operation === 'batch-get';
  const expiresAt = own(caller.claims, 'exp');
  return {
    ...(ask.sealedHash === undefined ? {} : { sealedHash: ask.sealedHash }),
    ...(typeof expiresAt === 'number' ? { tokenExpiresAt: expiresAt } : {}),
    tieToken: releases && caller.issuer.jti === 'once' && rulings.some(({ decision }) => decision.allowed),
  };
}

/** One secret's part of the record of a request that was refused before anything was decided on it. */
export function refusedSecret({ secret, field, version = 'current' }: Want): AuditedSecret {
  return { secret, ...(field === undefined ? {} : { field }), version, decision: 'denied' };
}

/** One secret's part of the record. */
export function auditedSecret({ want, version, decision }: Ruling): AuditedSecret {
  const { wanted } = version;
  return {
    ...refusedSecret(want),
    ...(typeof wanted === 'object' ? { version_id: wanted.id } : {}),
    decision: decision.allowed ? 'allowed' : 'denied',
    ...(decision.mapping === undefined ? {} : { mapping: decision.mapping }),
    ...(decision.shadow.length === 0 ? {} : { shadow: decision.shadow }),
  };
}
