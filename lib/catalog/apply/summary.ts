import { issuerKey, placeOf, storeKey } from '../cells.ts';
import type { CatalogFile } from '../file/catalog-file.ts';
import { issuerToJson, storeToJson } from '../items.ts';
import type { Desired } from './desired.ts';
import type { Cell, Standing } from './standing.ts';

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

/** Counts what is between the table and the file. */
export function summarize(file: CatalogFile, standing: Standing, desired: Desired): Summary {
  const held = (records: Desired['records']) =>
    [...records.values()].flatMap(({ secret, record }) => (record ? [[secret, JSON.stringify(record)] as const] : []));
  return {
    issuers: count(
      standing.issuers.map(({ issuer }) => [issuer, standing.texts.get(placeOf(issuerKey(issuer)))]),
      file.issuers.map((entry) => [entry.issuer, JSON.stringify(issuerToJson(entry))]),
    ),
    stores: count(
      standing.stores.map(({ name }) => [name, standing.texts.get(placeOf(storeKey(name)))]),
      file.stores.map((entry) => [entry.name, JSON.stringify(storeToJson(entry))]),
    ),
    secrets: count(held(standing.records), held(desired.records)),
    mappings: count(places(standing.cells), places(desired.cells)),
  };
}

type Entry = readonly [id: string, content: string | undefined];

function count(before: readonly Entry[], after: readonly Entry[]): Counts {
  const old = new Map(before);
  const wanted = new Map(after);
  const kept = [...wanted].filter(([id]) => old.has(id));
  return {
    created: wanted.size - kept.length,
    changed: kept.filter(([id, content]) => old.get(id) !== content).length,
    removed: old.size - kept.length,
  };
}

/** Each mapping with the places where it stands. */
function places(cells: readonly Cell[]): Entry[] {
  const found = new Map<string, string[]>();
  for (const cell of cells) {
    for (const { id } of cell.rules) found.set(id, [...(found.get(id) ?? []), placeOf(cell)]);
  }
  return Array.from(found, ([id, list]): Entry => [id, list.sort().join('\n')]);
}
