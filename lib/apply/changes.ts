import { parseItem } from '../catalog/cell.ts';
import { issuerKey, placeOf, storeKey } from '../catalog/keys.ts';
import type { ItemKey } from '../catalog/table.ts';
import type { CatalogEntries } from '../entries/catalog-entries.ts';
import { issuerToJson, mappingToJson, storeToJson } from '../entries/items.ts';
import type { Mapping } from '../entries/mapping.ts';
import { isJsonObject, type JsonObject } from '../wire/strict-json.ts';
import type { Desired } from './desired.ts';
import type { Cell, Standing } from './standing.ts';

/** What becomes of an entry. An edited mapping is another one: the old one is removed and a new one created. */
export type Turn = 'created' | 'changed' | 'removed';

/** An issuer, store or secret that comes, changes or goes. */
export interface EntryChange {
  readonly change: Turn;
  readonly kind: 'issuer' | 'store' | 'secret';
  readonly name: string;
  /** Which of its members differ, by their names in the table; for `changed` alone. */
  readonly members?: readonly string[];
}

/** A rule that comes or goes; `changed`: it only moves to another cell, since its issuer's anchor changed. */
export interface MappingChange {
  readonly change: Turn;
  readonly kind: 'mapping';
  readonly id: string;
  readonly effect: Mapping['effect'];
  readonly mode: Mapping['mode'];
  readonly secret: string;
  readonly issuer: string;
  readonly subject: string;
  /** The names of the members that narrow it further, such as `claims`. */
  readonly narrowed: readonly string[];
  /** Where it stands in the file, counted from 1; absent for what is removed, or where there is no file. */
  readonly line?: number;
}

/** One thing that a plan does. */
export type Change = EntryChange | MappingChange;

/** All that is between the table and the file: issuers, stores, secrets, mappings; of each, first what the file has. */
export function changesBetween(file: CatalogEntries, standing: Standing, desired: Desired): Change[] {
  const textAt = (key: ItemKey) => standing.texts.get(placeOf(key));
  const issuers = compare(
    standing.issuers.map(({ issuer }) => [issuer, textAt(issuerKey(issuer))]),
    file.issuers.map((entry) => [entry.issuer, JSON.stringify(issuerToJson(entry))]),
  );
  const stores = compare(
    standing.stores.map(({ name }) => [name, textAt(storeKey(name))]),
    file.stores.map((entry) => [entry.name, JSON.stringify(storeToJson(entry))]),
  );
  const secrets = compare(held(standing.records), held(desired.records));
  return [
    ...issuers.map((found) => toEntryChange('issuer', found)),
    ...stores.map((found) => toEntryChange('store', found)),
    ...secrets.map((found) => toEntryChange('secret', found)),
    ...mappingChanges(file, standing.cells, desired.cells),
  ];
}

type Entry = readonly [id: string, content: string | undefined];

interface Difference {
  readonly change: Turn;
  readonly id: string;
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

function compare(before: readonly Entry[], after: readonly Entry[]): Difference[] {
  const old = new Map(before);
  const wanted = new Map(after);
  const turns = [...wanted].flatMap(([id, content]): Difference[] => {
    if (!old.has(id)) return [{ change: 'created', id }];
    return old.get(id) === content ? [] : [{ change: 'changed', id, before: old.get(id), after: content }];
  });
  const gone = [...old.keys()].filter((id) => !wanted.has(id));
  return [...turns, ...gone.map((id): Difference => ({ change: 'removed', id }))];
}

function held(records: Desired['records']): Entry[] {
  return [...records.values()].flatMap(({ secret, record }) => (record ? [[secret, JSON.stringify(record)]] : []));
}

function toEntryChange(kind: EntryChange['kind'], { change, id, before, after }: Difference): EntryChange {
  if (change !== 'changed') return { change, kind, name: id };
  const [old, wanted] = [asObject(before), asObject(after)];
  const differs = (member: string) => JSON.stringify(old[member]) !== JSON.stringify(wanted[member]);
  const members = [...new Set([...Object.keys(old), ...Object.keys(wanted)])].filter(differs);
  // The revision is a digest of the others: it tells nothing that they do not.
  return { change, kind, name: id, members: members.filter((member) => member !== 'revision') };
}

function asObject(text: string | undefined): JsonObject {
  const value = text === undefined ? {} : parseItem(text);
  return isJsonObject(value) ? value : {};
}

function mappingChanges(file: CatalogEntries, standing: readonly Cell[], desired: readonly Cell[]): MappingChange[] {
  const rules = new Map([...standing, ...desired].flatMap((cell) => cell.rules.map((rule) => [rule.id, rule])));
  return compare(places(standing), places(desired)).map(({ change, id }) => {
    const rule = rules.get(id)!;
    const { effect, mode, secret, issuer, subject } = rule;
    const line = change === 'removed' ? undefined : file.positions?.get(id)?.line;
    return {
      change,
      kind: 'mapping',
      id,
      effect,
      mode,
      secret,
      issuer,
      subject,
      narrowed: Object.keys(mappingToJson(rule)).filter((member) => NARROWING.has(member)),
      ...(line === undefined ? {} : { line }),
    };
  });
}

const NARROWING = new Set(['claims', 'fields', 'versions', 'not_before', 'expires_at', 'require']);

/** Each mapping with the places where it stands. */
function places(cells: readonly Cell[]): Entry[] {
  const found = new Map<string, string[]>();
  for (const cell of cells) {
    for (const { id } of cell.rules) found.set(id, [...(found.get(id) ?? []), placeOf(cell)]);
  }
  return Array.from(found, ([id, list]): Entry => [id, list.sort().join('\n')]);
}
