import type { TrustedIssuer } from './issuer.ts';
import type { Mapping } from './mapping.ts';
import type { SecretEntry } from './secret.ts';
import type { StoreEntry } from './store.ts';

/** A place in a file, line and column counted from 1; columns in UTF-16 code units, as editors count. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Everything that a catalog is to hold, as an operator writes it down. */
export interface CatalogEntries {
  readonly issuers: TrustedIssuer[];
  readonly stores: StoreEntry[];
  readonly secrets: SecretEntry[];
  readonly mappings: Mapping[];
  /** Where each mapping is in the operator's file, by its id; absent if the entries do not come from a file. */
  readonly positions?: ReadonlyMap<string, Position>;
  /** Where each issuer is in that file, by its name. */
  readonly issuerPositions?: ReadonlyMap<string, Position>;
}
