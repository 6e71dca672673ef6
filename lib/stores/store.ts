import type { WaxsealError } from '../wire/errors.ts';
import type { SecretValue } from '../wire/secret-value.ts';

/** Which version of a ref: an alias that the store resolves, or the store's own id. */
export type StoreVersion = 'current' | 'previous' | { readonly id: string };

/** What a store is asked for: a ref and a version. */
export interface Lookup {
  readonly ref: string;
  readonly version: StoreVersion;
}

/** A value as a store holds it: a string stays a string, bytes stay bytes. */
export interface StoredValue {
  /** The store's own id of the version that was read. */
  readonly versionId: string;
  readonly value: SecretValue;
}

/** A value, or the reason why it could not be read. */
export type Fetched = StoredValue | WaxsealError;

/**
 * Reads values from a store: what a broker holds. It cannot write.
 *
 * `get` throws WaxsealError `not_found` if the ref or that version does not exist, is pending deletion, or holds no value;
 * `store_unavailable` (with `retryAfter`) if the store cannot be reached, throttles past its attempts, refuses us, cannot
 * decrypt, or the signal aborts. It throws nothing else, and never an error that holds the value.
 */
export interface SecretReader {
  get(lookup: Lookup, signal: AbortSignal): Promise<StoredValue>;
  /**
   * As many `get`s, in the order of the lookups, each with its own result, in as few round trips as the store allows. Never
   * throws because of one entry.
   */
  getMany(lookups: readonly Lookup[], signal: AbortSignal): Promise<Fetched[]>;
}

/** What `describe` returns: the ids of a ref's versions, oldest first, and which are current and previous. Never a value. */
export interface StoredVersions {
  readonly ids: readonly string[];
  readonly current?: string;
  readonly previous?: string;
}

/** The largest value that any store takes, in bytes: Secrets Manager's limit. */
export const MAX_VALUE_BYTES = 65_536;

/** Writes values to a store: what a control plane holds. No value can be read through it, and no broker holds one. */
export interface SecretWriter {
  /**
   * Adds a version and makes it current; the version that was current becomes previous. Durable when the promise resolves.
   * @returns the new version's id
   * @throws WaxsealError `too_large` above 65,536 bytes, `invalid_request` for a ref or a value that this store cannot keep,
   *   `conflict` if the store is still busy deleting the ref, `store_unavailable`
   */
  put(ref: string, value: SecretValue, signal: AbortSignal): Promise<string>;
  /** Removes the ref with all its versions. @throws WaxsealError `not_found`, `store_unavailable` */
  delete(ref: string, signal: AbortSignal): Promise<void>;
  /** @throws WaxsealError `not_found`, `store_unavailable` */
  describe(ref: string, signal: AbortSignal): Promise<StoredVersions>;
}
