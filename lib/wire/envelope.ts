import type { ErrorCode } from './errors.ts';

/** A version as it is shown: a revision number, or the store's own id where the catalog numbers none. */
export type ShownVersion = number | string;

/** A value inside an envelope: `string`, `binary` (base64url), or `unchanged` where `known_version` is the version. */
export interface EnvelopeValue {
  readonly secret: string;
  readonly version: ShownVersion;
  readonly field?: string;
  readonly string?: string;
  readonly binary?: string;
  readonly unchanged?: true;
  /** RFC 3339; when asking again makes sense. */
  readonly refresh_after: string;
}

/** A secret of a batch that was not released. */
export interface EnvelopeRefusal {
  readonly secret: string;
  readonly error: { readonly code: ErrorCode; readonly message: string; readonly retry_after?: number };
}

/**
 * One secret of a list. `fields` where the whole is not granted: those that a mapping names. It may be empty: where a deny
 * takes some fields out of the whole, the others are granted and nobody names them.
 */
export interface ListedSecret {
  readonly secret: string;
  /** `current` where the catalog numbers no revisions. */
  readonly version: ShownVersion;
  readonly fields?: readonly string[];
}

/** The broker's public xkeys, as far as a client may pin them from a sealed answer. */
export interface EnvelopeKeys {
  readonly current: string;
  readonly next: string | null;
}

/** What stands in every envelope, beside an operation's own members. */
export interface EnvelopeHead {
  /** Kind, version and direction: `waxseal.get.v1`, `waxseal.error.v1`, … */
  readonly typ: string;
  /** SHA-256, base64url, of the request's body as sent, or of its opened bytes where it was sealed. */
  readonly request: string;
  /** Only in answers to sealed requests. */
  readonly keys?: EnvelopeKeys;
}
