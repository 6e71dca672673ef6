import type { ErrorCode } from './errors.ts';

/** A version as it is shown: a revision number, or the store's own id if the catalog has no numbers. */
export type ShownVersion = number | string;

/** A value inside an envelope: `string`, `binary` (base64url), or `unchanged` if `known_version` is the version. */
export interface EnvelopeValue {
  readonly secret: string;
  readonly version: ShownVersion;
  readonly field?: string;
  readonly string?: string;
  readonly binary?: string;
  readonly unchanged?: true;
  /** RFC 3339: when it makes sense to ask again. */
  readonly refresh_after: string;
}

/** A secret of a batch that was not released. */
export interface EnvelopeRefusal {
  readonly secret: string;
  readonly error: { readonly code: ErrorCode; readonly message: string; readonly retry_after?: number };
}

/**
 * One secret of a list. If the whole is not granted, `fields` has those that a mapping names and grants. It may be empty: if a
 * deny takes some fields out of the whole, the others are granted without being named.
 */
export interface ListedSecret {
  readonly secret: string;
  /** `current` if the catalog has no numbers for this secret. */
  readonly version: ShownVersion;
  readonly fields?: readonly string[];
}

/** The broker's public xkeys, as far as a client may pin them from a sealed answer. */
export interface EnvelopeKeys {
  readonly current: string;
  readonly next: string | null;
}

/** What every envelope holds, besides the operation's own members. */
export interface EnvelopeHead {
  /** Kind, version and direction: `waxseal.get.v1`, `waxseal.error.v1`, … */
  readonly typ: string;
  /** SHA-256, base64url, of the request's body as sent, or of its opened bytes if it was sealed. */
  readonly request: string;
  /** Only in answers to sealed requests. */
  readonly keys?: EnvelopeKeys;
}
