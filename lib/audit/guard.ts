import { createHash } from 'node:crypto';
import { compact } from '../wire/compact.ts';
import { WaxsealError } from '../wire/errors.ts';
import type { AuditRecord, Ledger } from './ledger.ts';

/** One record as it is stored. */
export interface LedgerItem {
  /** What must be unique: `T#` and a hash of the token's id, `S#` and the hash of the sealed bytes, or `R#` and the request id. */
  readonly pk: string;
  /** When the request arrived, ISO 8601 in UTC. */
  readonly at: string;
  /** Seconds since the epoch after which the item may be removed; absent: never. */
  readonly ttl?: number;
  /** SHA-256 of the sealed bytes, base64url. */
  readonly sealed_hash?: string;
  readonly record: AuditRecord;
}

/** What the guard must know of a record that already has the key. */
export interface PriorRecord {
  readonly request_id: string;
  readonly recipient: string;
  readonly sealed_hash?: string;
}

/**
 * Writes the item unless its `pk` is taken. Atomic, and durable when it resolves.
 * @returns undefined if it was written, otherwise the record that has the key
 * @throws WaxsealError `audit_unavailable`
 */
export type PutOnce = (item: LedgerItem, signal: AbortSignal) => Promise<PriorRecord | undefined>;

/** How a ledger is set up. */
export interface LedgerSettings {
  /** Days that a record is kept (default: 90). */
  retentionDays?: number;
}

/** Sealed bytes are acceptable for 240 s (120 s before and after their `iat`); the rest is for clocks that differ. */
const SEALED_GUARD_SECONDS = 300;
/** Added to a token's end, for the skew that verification allows and for clocks that differ. */
const TOKEN_GUARD_SECONDS = 120;

/**
 * A ledger on top of one conditional write. The item's key is the guard: what must not happen twice cannot be written twice,
 * in whatever order requests arrive.
 *
 * - A tied token: the key is (issuer, jti). If it is taken, only the recipient that has it may continue, with bytes that were
 *   not seen before: the request then gets a record of its own, under its sealed bytes or its request id. Anyone else is
 *   refused.
 * - Otherwise the sealed bytes are the key, and for plain requests the request id.
 *
 * Finding our own request id under a key means that an earlier attempt of this very write succeeded and only its answer was
 * lost. The request id must therefore be made by the broker and never be taken from a request.
 *
 * A refusal never ties its token. The same bytes, refused first and sent again once a mapping allows them, are released
 * once; from then on they are recorded under the token.
 */
export function guardedLedger(putOnce: PutOnce, { retentionDays = 90 }: LedgerSettings = {}): Ledger {
  return {
    async record(record, guard, now, signal) {
      const seconds = Math.ceil(now / 1000);
      const keptUntil = seconds + Math.ceil(retentionDays * 86_400);
      const at = new Date(now).toISOString();

      /** The other record that has the key, or undefined if this one is written, by this attempt or an earlier one. */
      async function put(pk: string, guardedUntil: number): Promise<PriorRecord | undefined> {
        const ttl = Math.max(keptUntil, guardedUntil);
        const item = compact({
          pk,
          at,
          ttl: Number.isFinite(ttl) ? ttl : undefined,
          sealed_hash: guard.sealedHash,
          record,
        });
        const prior = await putOnce(item, signal);
        return prior?.request_id === record.request_id ? undefined : prior;
      }

      if (guard.tieToken) {
        const until = guard.tokenExpiresAt === undefined ? Infinity : Math.ceil(guard.tokenExpiresAt);
        const prior = await put(tokenKey(record), until + TOKEN_GUARD_SECONDS);
        if (prior === undefined) return;
        if (prior.recipient !== record.recipient)
          throw new WaxsealError('replayed', 'The token was already used for another recipient.');
        if (guard.sealedHash !== undefined && prior.sealed_hash === guard.sealedHash) throw sameBytes();
      }
      const prior =
        guard.sealedHash === undefined
          ? await put(`R#${record.request_id}`, 0)
          : await put(`S#${guard.sealedHash}`, seconds + SEALED_GUARD_SECONDS);
      if (prior !== undefined) throw sameBytes();
    },
  };
}

function sameBytes(): WaxsealError {
  return new WaxsealError('replayed', 'The same request was already accepted.');
}

function tokenKey({ issuer, token_id }: AuditRecord): string {
  if (token_id === undefined)
    throw new WaxsealError('invalid_token', 'The token has no jti claim, which its issuer’s entry requires.');
  // The length keeps (`a`, `bc`) and (`ab`, `c`) apart.
  return `T#${createHash('sha256').update(`${issuer.length}:${issuer}${token_id}`).digest('base64url')}`;
}
