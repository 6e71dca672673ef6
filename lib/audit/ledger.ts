/** One secret of a request: what was asked for, and what was decided. Never a value. */
export interface AuditedSecret {
  readonly secret: string;
  readonly field?: string;
  /** The version asked for: an alias, a number or an id. */
  readonly version: string | number;
  /** The store's id of that version, if the catalog has one. */
  readonly version_id?: string;
  readonly decision: 'allowed' | 'denied';
  /** Id of the mapping that decided; absent if none fits. */
  readonly mapping?: string;
  /** Ids of shadow mappings that would have changed the decision. */
  readonly shadow?: readonly string[];
}

/** One record for each request whose caller was verified, even for a batch. It means *authorised*, not *delivered*. */
export interface AuditRecord {
  /** Made by the broker, never taken from a request: the guard recognises its own earlier attempt by it. */
  readonly request_id: string;
  /** What was asked, as the plane or protocol names it: `get`, `batch-get`, … */
  readonly operation: string;
  readonly decision: 'allowed' | 'denied';
  /** Why it was denied; absent if it was allowed. */
  readonly code?: string;
  readonly issuer: string;
  readonly subject: string;
  readonly token_id?: string;
  readonly recipient: string;
  readonly sealed: boolean;
  readonly secrets: readonly AuditedSecret[];
}

/** What must not happen twice. */
export interface Guard {
  /** SHA-256 of the sealed bytes, base64url: they are accepted once. Absent for plain requests. */
  readonly sealedHash?: string;
  /** Whether (issuer, jti) is tied to the record's recipient: set if values are released under `jti: once`. */
  readonly tieToken?: boolean;
  /**
   * The last second, since the epoch, at which the tied token can be accepted: `exp`, or without one `iat` plus the issuer's
   * maximum age, rounded up. The tie is kept at least that long. Absent: the token never ends, and neither does its tie.
   */
  readonly tokenExpiresAt?: number;
}

/** The ledger: audit records, which are also the replay guard. */
export interface Ledger {
  /**
   * Writes the record and resolves when it is durable. Only then may anything be released.
   * @param now when the request arrived, in milliseconds since the epoch: the record's time
   * @throws WaxsealError `replayed` if the same sealed bytes were accepted before, or the token is tied to another recipient;
   *   `audit_unavailable` if the record could not be written before the signal aborted; `invalid_token` if a token without
   *   `token_id` is to be tied
   */
  record(record: AuditRecord, guard: Guard, now: number, signal: AbortSignal): Promise<void>;
}
