import { codecOf } from './codec.ts';
import { flag, oneOf, stringOf } from './kind.ts';
import { type EntryOf, type Members, optional, required, withDefault } from './member.ts';
import { SECRET_ID_CHARACTERS } from './secret-id.ts';

/** Milliseconds for which a broker uses a list of stores that it has read. */
export const STORES_MAX_AGE_MS = 30_000;

/**
 * Every kind of store, and what is known about a kind without opening one. `holdsValuesFile`: an embedded broker keeps the values
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

/** The name of a store, in its own entry and in entries of secrets. */
export const storeName = stringOf(
  { expected: 'a store name', detail: 'lower-case letters, digits and -, at most 64 characters' },
  64,
  /^[a-z0-9][a-z0-9-]*$/,
);

/** Stores: where values are. */
export const STORE = {
  name: required(storeName),
  kind: required(oneOf(...STORE_KIND_NAMES)),
  /** Takes the secrets that name no store. */
  default: withDefault(flag, false),
  /** Names without a record are looked up under this prefix, and only if a mapping covers them. */
  direct: optional(
    stringOf(
      { expected: 'a prefix that ends in /', detail: `${SECRET_ID_CHARACTERS}, at most 256 characters` },
      256,
      /^[A-Za-z0-9/_+=.@!-]*\/$/,
    ),
  ),
} satisfies Members;

/** A store's entry: the members of {@link STORE}. */
export interface StoreEntry extends EntryOf<typeof STORE> {}

const codec = codecOf(STORE);

/** A store's entry as the table stores it. */
export const storeToJson = codec.toJson;
/** Reads a store's entry from the table. @throws WaxsealError `store_unavailable` if it is anything else */
export const storeFromJson = codec.fromJson;
