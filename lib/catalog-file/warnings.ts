import type { CatalogEntries } from '../entries/catalog-entries.ts';
import { broadRules } from './broad-rules.ts';
import { endedRules, leadingNowhere } from './dead-rules.ts';
import type { Warning } from './warning.ts';

/** What the doubts depend on beside the file. */
export interface Circumstances {
  /** Seconds since the epoch. */
  readonly now: number;
  /** The file is for a local broker, whose values bring names that no entry of `secrets` has. */
  readonly local?: boolean;
}

/**
 * All warnings about a catalog: rules that are too broad to be meant, that can never match, that have ended, and that lead
 * nowhere. They are no faults: the operator may mean what he wrote.
 * @returns in the order of the file
 */
export function doubtfulRules(catalog: CatalogEntries, { now, local = false }: Circumstances): Warning[] {
  const warnings = [...endedRules(catalog, now), ...broadRules(catalog), ...(local ? [] : leadingNowhere(catalog))];
  return warnings.sort((one, other) => one.line - other.line || one.column - other.column);
}
