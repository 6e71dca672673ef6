import type { WaxsealError } from '../wire/errors.ts';
import type { SecretValue } from '../wire/secret-value.ts';

/** Which version of a ref: an alias that the store resolves, or the store's own id. */
export type VersionWanted = 'current' | 'previous' | { readonly id: string };

/** A ref and a version to fetch. */
export interface Wanted {
  readonly ref: string;
  readonly version: VersionWanted;
}

/** A value as a store holds it: text stays text, bytes stay bytes. */
export interface StoredValue {
  /** The store's own id of the version that was read. */
  readonly versionId: string;
  readonly value: SecretValue;
}

/**
 * Where values live. Reading only: what can also be written says so by being a {@link WritableStore}.
 *
 * `get` throws WaxsealError `not_found` where the ref or that version does not exist, is pending deletion, or holds no value;
 * `store_unavailable` (with `retryAfter`) where the store cannot be reached, throttles past its attempts, refuses us, cannot
 * decrypt, or the signal aborts. Nothing else, and never an error that holds the value.
 */
export interface SecretStore {
  readonly kind: 'secrets-manager' | 'embedded';
  get(wanted: Wanted, signal: AbortSignal): Promise<StoredValue>;
  /**
   * As many `get`s, in the order asked, each with its own outcome, in as few round trips as the store allows. Never throws for one entry.
   */
  getMany(wanted: readonly Wanted[], signal: AbortSignal): Promise<(StoredValue | WaxsealError)[]>;
}

/** What `describe` tells of a ref: the ids of its versions, oldest first, and which are current and previous. Never a value. */
export interface StoredVersions {
  readonly ids: readonly string[];
  readonly current?: string;
  readonly previous?: string;
}

/** The largest value that any store takes, in bytes: Secrets Manager's limit. */
export const MAX_VALUE_BYTES = 65_536;

/** A store that can also be written. The broker never holds one. */
export interface WritableStore extends SecretStore {
  /**
   * Adds a version and makes it current; the last current becomes previous. Durable when the promise resolves.
   * @returns the new version's id
   * @throws WaxsealError `too_large` above 65,536 bytes, `invalid_request` for a ref or a value that this store cannot keep,
   *   `conflict` where the store is still busy deleting the ref, `store_unavailable`
   */
  put(ref: string, value: SecretValue, signal: AbortSignal): Promise<string>;
  /** Removes the ref with all versions. @throws WaxsealError `not_found`, `store_unavailable` */
  delete(ref: string, signal: AbortSignal): Promise<void>;
  /** @throws WaxsealError `not_found`, `store_unavailable` */
  describe(ref: string, signal: AbortSignal): Promise<StoredVersions>;
}
