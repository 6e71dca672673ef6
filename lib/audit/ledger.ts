/** What was asked for and decided about one secret of a request. Never a value. */
export interface AuditedSecret {
  readonly secret: string;
  readonly field?: string;
  /** The version asked for, as an alias, number or id. */
  readonly version: string | number;
  /** The VersionId that the catalog names, where it names one. */
  readonly version_id?: string;
  readonly decision: 'allowed' | 'denied';
  /** Id of the mapping that decided; absent where none fits. */
  readonly mapping?: string;
  /** Ids of shadow mappings that would have decided otherwise. */
  readonly shadow?: readonly string[];
}

/** One record for each request whose caller was verified, a batch included. It means *authorised*, not *delivered*. */
export interface AuditRecord {
  /** Made by the broker, never taken from a request: the guard knows its own earlier attempt by it. */
  readonly request_id: string;
  readonly operation: 'get' | 'batch-get' | 'list' | 'can-i';
  readonly decision: 'allowed' | 'denied';
  /** The refusal's code, where one was decided. */
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
  /** Ties (issuer, jti) to the record's recipient: set for an allowed get or batch-get of an issuer with `jti: once`. */
  readonly tieToken?: boolean;
  /**
   * The last second, since the epoch, at which the tied token can be accepted (`exp`, or `iat` and the maximum age): the tie
   * is kept at least that long. Absent: the token never ends, and neither does its tie.
   */
  readonly tokenExpiresAt?: number;
}

/** The ledger: audit records, which are also the replay guard. */
export interface Ledger {
  /**
   * Writes the record and resolves when it is durable. Only then may anything be released.
   * @throws WaxsealError `replayed` where the guard finds the same sealed bytes, or the token tied to another recipient;
   *   `audit_unavailable` where the record could not be written within the signal's budget; `invalid_token` where a token
   *   without `token_id` is to be tied
   */
  record(record: AuditRecord, guard: Guard, signal: AbortSignal): Promise<void>;
}
