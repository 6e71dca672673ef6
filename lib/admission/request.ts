import type { AuditedSecret } from '../audit/ledger.ts';
import type { Caller } from '../token/caller.ts';
import type { WaxsealError } from '../wire/errors.ts';
import type { PublicXkey } from '../xkey/keys.ts';

/** A secret that was allowed but not released, and why. */
export interface Undelivered {
  readonly secret: string;
  readonly refusal: WaxsealError;
}

/** What becomes known about a request along the way: for its log line, whatever the outcome. Never a value, token or seed. */
export interface Journal {
  caller?: Caller;
  secrets?: readonly AuditedSecret[];
  undelivered?: readonly Undelivered[];
}

/** A request to any plane: parsed, and opened if it was sealed. Nothing about it is verified yet. */
export interface UnverifiedRequest<Operation extends string = string> {
  /** Made by the broker, never taken from the request: the ledger recognises its own retries by it. */
  readonly requestId: string;
  /** What is asked, as in the log and the ledger. */
  readonly operation: Operation;
  /** The caller's token, as received. */
  readonly token: string;
  /** The DPoP proof (RFC 9449), as received. */
  readonly proof?: string;
  /** The xkey that the answer is sealed to. */
  readonly recipient: PublicXkey;
  /** SHA-256, base64url, of the body as sent, or of the opened bytes if it was sealed. The answer repeats it. */
  readonly requestHash: string;
  /** SHA-256, base64url, of the sealed bytes; absent for plain requests. */
  readonly sealedHash?: string;
  readonly method: string;
  readonly path: string;
  /** When the request arrived, in milliseconds since the epoch. Every decision about it uses this one reading of the clock. */
  readonly now: number;
  readonly journal: Journal;
  /** Aborts when the request's budget is used up. */
  readonly signal: AbortSignal;
}
