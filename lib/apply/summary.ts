import type { Change } from './changes.ts';

/** How many entries of one kind come, change and go. */
export interface Counts {
  readonly created: number;
  readonly changed: number;
  readonly removed: number;
}

/** What a plan does, in figures. An edited mapping is another one: it counts as removed and created. */
export interface Summary {
  readonly issuers: Counts;
  readonly stores: Counts;
  readonly secrets: Counts;
  /** `changed` are those that only move to another cell, since their issuer's anchor changed. */
  readonly mappings: Counts;
}

/** Counts what a plan does. */
export function summarize(changes: readonly Change[]): Summary {
  const count = (wanted: Change['kind']): Counts => {
    const counts = { created: 0, changed: 0, removed: 0 };
    for (const { kind, change } of changes) if (kind === wanted) counts[change]++;
    return counts;
  };
  return { issuers: count('issuer'), stores: count('store'), secrets: count('secret'), mappings: count('mapping') };
}
