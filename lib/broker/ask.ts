import type { AuditedSecret } from '../audit/ledger.ts';
import type { Caller } from '../token/caller.ts';
import type { WaxsealError } from '../wire/errors.ts';
import type { Operation } from '../wire/operations.ts';
import type { ListQuestion, Want } from '../wire/requests.ts';
import type { PublicXkey } from '../xkey/keys.ts';

/** What each operation is asked. */
export interface Questions {
  readonly get: Want;
  readonly 'batch-get': { readonly secrets: readonly Want[] };
  readonly list: ListQuestion;
  readonly 'can-i': Want;
}

/** A secret of a batch that was allowed and yet not released. */
export interface Undelivered {
  readonly secret: string;
  readonly refusal: WaxsealError;
}

/** What becomes known of a request on its way: for the log line, whatever the outcome. Never a value, token or seed. */
export interface Journal {
  caller?: Caller;
  secrets?: readonly AuditedSecret[];
  undelivered?: readonly Undelivered[];
}

/** A request, parsed and (where it was sealed) opened. Nothing about it is verified yet. */
export interface Ask<O extends Operation = Operation> {
  readonly requestId: string;
  readonly operation: O;
  readonly question: Questions[O];
  /** The caller's token, as it came. */
  readonly token: string;
  /** The proof (RFC 9449), as it came. */
  readonly proof?: string;
  readonly recipient: PublicXkey;
  /** SHA-256, base64url, of the body as sent, or of the opened bytes where sealed: what the answer names. */
  readonly requestHash: string;
  /** SHA-256, base64url, of the sealed bytes; absent for plain requests. */
  readonly sealedHash?: string;
  readonly method: string;
  readonly path: string;
  readonly journal: Journal;
  /** Ends when the request's budget is used up. */
  readonly signal: AbortSignal;
}

/** An answer, sealed to the recipient. */
export interface Answer {
  /** The fresh public xkey that it was sealed with. */
  readonly sender: string;
  readonly sealed: Uint8Array;
}
