/** One numbered version of a secret. */
export interface Revision {
  /** 1, 2, 3 …: never used again, not after delete, re-create or restore. */
  readonly number: number;
  /** The store's own id of this version. */
  readonly id: string;
}

/** The catalog's record of a secret: where it is and which versions it has. Never its value. */
export interface SecretRecord {
  readonly secret: string;
  /** Name of the store's entry. */
  readonly store: string;
  /** The secret's place in that store. */
  readonly ref: string;
  /** Newest last. Empty: the store's own version ids are shown. */
  readonly revisions: readonly Revision[];
  /** Number of the current revision, where numbered. */
  readonly current?: number;
  /** Number of the previous revision, where numbered and readable. */
  readonly previous?: number;
}

/** Milliseconds for which a broker goes by a list of stores that it has read. */
export const STORES_MAX_AGE_MS = 30_000;

/**
 * Every kind of store, and what is known about a kind without opening one. `holdsValuesFile`: a local broker keeps the values
 * file there, so names come from that file as well as from the catalog.
 */
export const STORE_KINDS = {
  'secrets-manager': { holdsValuesFile: false },
  embedded: { holdsValuesFile: true },
} as const;

/** A kind of store. */
export type StoreKind = keyof typeof STORE_KINDS;

/** The kinds, as lists and choices show them. */
export const STORE_KIND_NAMES = Object.keys(STORE_KINDS) as StoreKind[];

/** A store's entry in the catalog. */
export interface StoreEntry {
  readonly name: string;
  readonly kind: StoreKind;
  readonly default: boolean;
  /** Names without a record are looked up under this prefix, and only where they are mapped. */
  readonly direct?: string;
}
