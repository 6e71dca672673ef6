import { createHash } from 'node:crypto';
import { WaxsealError } from '../wire/errors.ts';
import type { AuditRecord, Guard, Ledger } from './ledger.ts';

/** One record as it is kept. */
export interface LedgerItem {
  /** What must be unique: `T#` token, `S#` sealed bytes or `R#` request, and what stands for it. */
  readonly pk: string;
  /** When, ISO 8601 in UTC. */
  readonly at: string;
  /** Seconds since the epoch after which the item may be removed; absent: never. */
  readonly ttl?: number;
  /** SHA-256 of the sealed bytes, base64url. */
  readonly sealed_hash?: string;
  readonly record: AuditRecord;
}

/** What the guard must know of an item that stands already. */
export interface Standing {
  readonly request_id: string;
  readonly recipient: string;
  readonly sealed_hash?: string;
}

/**
 * Writes the item unless its `pk` is taken: atomic, durable when it resolves.
 * @returns undefined where it was written, otherwise what stands there
 * @throws WaxsealError `audit_unavailable`
 */
export type PutOnce = (item: LedgerItem, signal: AbortSignal) => Promise<Standing | undefined>;

/** What a ledger may be told. */
export interface LedgerSettings {
  /** Milliseconds since the epoch; `Date.now` unless told. */
  now?: () => number;
  /** Days that a record is kept; 90 unless told. */
  retentionDays?: number;
}

/** Sealed bytes are acceptable for 240 s (120 s either way of their `iat`); the rest is for clocks that differ. */
const SEALED_GUARD_SECONDS = 300;
/** Added to a token's end: skew in its verification, and clocks that differ. */
const TOKEN_GUARD_SECONDS = 120;

/**
 * A ledger on top of one conditional write. The item's key is the guard, so that what must not happen twice cannot be
 * written twice, in whatever order requests arrive:
 *
 * - tied token: the key is (issuer, jti). Where it is taken, the recipient that stands there may go on, with bytes that were
 *   not seen: this request then gets a record of its own under its sealed bytes, or its request id. Anybody else is refused.
 * - otherwise sealed bytes are the key, and for plain requests the request id.
 *
 * Our own request id at a key means that an earlier attempt of this very write went through and only its answer was lost. The
 * request id must therefore be made by the broker and never be taken from a request.
 *
 * A refusal never ties its token. The same bytes, refused first and sent again once a mapping allows them, are released
 * once; after that they stand under the token.
 */
export function guardedLedger(putOnce: PutOnce, settings: LedgerSettings = {}): Ledger {
  const { now = Date.now, retentionDays = 90 } = settings;

  async function put(pk: string, guardedUntil: number, record: AuditRecord, guard: Guard, signal: AbortSignal) {
    const at = now();
    const ttl = Math.max(Math.ceil(at / 1000) + Math.ceil(retentionDays * 86_400), guardedUntil);
    const standing = await putOnce(
      {
        pk,
        at: new Date(at).toISOString(),
        ...(Number.isFinite(ttl) ? { ttl } : {}),
        ...(guard.sealedHash === undefined ? {} : { sealed_hash: guard.sealedHash }),
        record,
      },
      signal,
    );
    return standing?.request_id === record.request_id ? undefined : standing;
  }

  return {
    async record(record, guard, signal) {
      if (guard.tieToken) {
        const until = guard.tokenExpiresAt === undefined ? Infinity : Math.ceil(guard.tokenExpiresAt);
        const first = await put(tokenKey(record), until + TOKEN_GUARD_SECONDS, record, guard, signal);
        if (first === undefined) return;
        if (first.recipient !== record.recipient)
          throw new WaxsealError('replayed', 'The token was used for another recipient already.');
        if (guard.sealedHash !== undefined && first.sealed_hash === guard.sealedHash) throw sameBytes();
      }
      const until = guard.sealedHash === undefined ? 0 : Math.ceil(now() / 1000) + SEALED_GUARD_SECONDS;
      const pk = guard.sealedHash === undefined ? `R#${record.request_id}` : `S#${guard.sealedHash}`;
      if ((await put(pk, until, record, guard, signal)) !== undefined) throw sameBytes();
    },
  };
}

function sameBytes(): WaxsealError {
  return new WaxsealError('replayed', 'The same request was accepted already.');
}

function tokenKey({ issuer, token_id }: AuditRecord): string {
  if (token_id === undefined)
    throw new WaxsealError('invalid_token', 'The token has no jti, which its issuer demands.');
  // The length keeps (`a`, `bc`) and (`ab`, `c`) apart.
  return `T#${createHash('sha256').update(`${issuer.length}:${issuer}${token_id}`).digest('base64url')}`;
}
