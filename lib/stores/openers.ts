import type { StoreEntry, StoreKind } from '../entries/store.ts';
import { WaxsealError } from '../wire/errors.ts';
import type { EmbeddedStore } from './embedded/store.ts';
import { openSecretsManager } from './secrets-manager/open.ts';
import type { SecretReader } from './store.ts';

/** A row for each kind: makes a store's reader from what a broker has for that kind. */
export type Openers<Kind extends string> = Readonly<Record<Kind, (parts: never) => SecretReader>>;

/**
 * Every kind of store that a broker can read. To add one, write a folder next to this file, a line here and a line in
 * `STORE_KINDS`. A row loads nothing that only its own kind needs: parts come ready from the broker, so that a function on AWS
 * does not load SQLite, nor the embedded broker the AWS SDK.
 */
export const OPENERS = {
  'secrets-manager': openSecretsManager,
  embedded: ({ reader }: Pick<EmbeddedStore, 'reader'>) => reader,
} satisfies Openers<StoreKind>;

/** What a broker has for each kind. It leaves out the kinds that it cannot read. */
export type StoreParts = { readonly [Kind in StoreKind]?: Parameters<(typeof OPENERS)[Kind]>[0] };

/**
 * Opens the store of a catalog entry for reading.
 * @throws WaxsealError `store_unavailable` if the broker has no parts for that kind
 */
export function openStore({ kind }: Pick<StoreEntry, 'kind'>, parts: StoreParts): SecretReader {
  const own = parts[kind];
  if (own === undefined) throw new WaxsealError('store_unavailable', 'This broker has no store of that kind.');
  const open = OPENERS[kind] as (parts: object) => SecretReader;
  return open(own);
}
