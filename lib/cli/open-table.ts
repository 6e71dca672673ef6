import type { CatalogWriter } from '../catalog/table.ts';

/** A catalog's table that is open. */
export interface OpenTable {
  readonly table: CatalogWriter;
  /** What its user is told in place of an error: the cause and the next step, where they are known. */
  explain(error: unknown): unknown;
  close(): void;
}
