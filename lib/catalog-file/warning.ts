import type { CatalogEntries, Position } from '../entries/catalog-entries.ts';
import type { Mapping } from '../entries/mapping.ts';
import { type Path, pathText } from './fault.ts';

/** Something that the file may say but hardly means. Same members as a fault, so that both print alike. */
export interface Warning extends Position {
  /** The member that it is about: `mappings[3].subject`. */
  readonly path: string;
  /** What the rule does, and how to narrow or mend it. */
  readonly message: string;
}

/** What is doubtful about one rule: the way from the rule to the member, and the words. */
export type Doubt = readonly [member: Path, message: string];

/**
 * The doubts about each mapping, as warnings.
 * @returns in the order of the mappings; line and column are those of the mapping, or 1 where the catalog is not from a file
 */
export function warnEach(catalog: CatalogEntries, doubts: (mapping: Mapping) => Iterable<Doubt>): Warning[] {
  return catalog.mappings.flatMap((mapping, at) => {
    const position = catalog.positions?.get(mapping.id) ?? { line: 1, column: 1 };
    return Array.from(doubts(mapping), ([member, message]) => ({
      ...position,
      path: pathText(['mappings', at, ...member]),
      message,
    }));
  });
}
