import { parseItem } from '../catalog/cell.ts';
import { issuerKey, keyText, storeKey } from '../catalog/item-keys.ts';
import type { ItemKey } from '../catalog/table.ts';
import type { CatalogEntries } from '../entries/catalog-entries.ts';
import { issuerToJson } from '../entries/issuer.ts';
import { MAPPING, type Mapping, mappingToJson } from '../entries/mapping.ts';
import { storeToJson } from '../entries/store.ts';
import { compact } from '../wire/compact.ts';
import { isJsonObject, type JsonObject } from '../wire/strict-json.ts';
import type { Cell, Content } from './content.ts';
import type { Desired } from './desired.ts';

/** What happens to an entry. An edited mapping has another id: the old one is removed and a new one is created. */
export type ChangeKind = 'created' | 'changed' | 'removed';

/** What happens to an issuer, store or secret. */
export interface EntryChange {
  readonly change: ChangeKind;
  readonly kind: 'issuer' | 'store' | 'secret';
  readonly name: string;
  /** Which of its members differ, by their names in the table; only if it is `changed`. */
  readonly members?: readonly string[];
}

/** What happens to a rule; `changed`: it only moves to another cell, because its issuer's anchor changed. */
export interface MappingChange {
  readonly change: ChangeKind;
  readonly kind: 'mapping';
  readonly id: string;
  readonly effect: Mapping['effect'];
  readonly mode: Mapping['mode'];
  readonly secret: string;
  readonly issuer: string;
  readonly subject: string;
  /** The names of the members that narrow it further, such as `claims`. */
  readonly narrowed: readonly string[];
  /** Its line in the file, counted from 1; absent if it is removed, or if the entries do not come from a file. */
  readonly line?: number;
}

/** What a plan does to one entry. */
export type Change = EntryChange | MappingChange;

/**
 * Every difference between the table and the file: issuers, stores, secrets, mappings. Within each kind, what the file has comes
 * first and what is removed last.
 */
export function changesBetween(file: CatalogEntries, content: Content, desired: Desired): Change[] {
  const textAt = (key: ItemKey) => content.texts.get(keyText(key));
  const issuers = compare(
    content.issuers.map(({ issuer }) => [issuer, textAt(issuerKey(issuer))]),
    file.issuers.map((entry) => [entry.issuer, JSON.stringify(issuerToJson(entry))]),
  );
  const stores = compare(
    content.stores.map(({ name }) => [name, textAt(storeKey(name))]),
    file.stores.map((entry) => [entry.name, JSON.stringify(storeToJson(entry))]),
  );
  const secrets = compare(registered(content.records), registered(desired.records));
  return [
    ...issuers.map((found) => toEntryChange('issuer', found)),
    ...stores.map((found) => toEntryChange('store', found)),
    ...secrets.map((found) => toEntryChange('secret', found)),
    ...mappingChanges(file, content.cells, desired.cells),
  ];
}

type Entry = readonly [id: string, content: string | undefined];

interface Difference {
  readonly change: ChangeKind;
  readonly id: string;
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

function compare(before: readonly Entry[], after: readonly Entry[]): Difference[] {
  const old = new Map(before);
  const desired = new Map(after);
  const kept = [...desired].flatMap(([id, content]): Difference[] => {
    if (!old.has(id)) return [{ change: 'created', id }];
    return old.get(id) === content ? [] : [{ change: 'changed', id, before: old.get(id), after: content }];
  });
  const gone = [...old.keys()].filter((id) => !desired.has(id));
  return [...kept, ...gone.map((id): Difference => ({ change: 'removed', id }))];
}

function registered(records: Desired['records']): Entry[] {
  return [...records.values()].flatMap(({ secret, record }) => (record ? [[secret, JSON.stringify(record)]] : []));
}

function toEntryChange(kind: EntryChange['kind'], { change, id, before, after }: Difference): EntryChange {
  if (change !== 'changed') return { change, kind, name: id };
  const [old, desired] = [asObject(before), asObject(after)];
  const differs = (member: string) => JSON.stringify(old[member]) !== JSON.stringify(desired[member]);
  const members = [...new Set([...Object.keys(old), ...Object.keys(desired)])].filter(differs);
  // `revision` is a digest of the other members: it says nothing that they do not.
  return { change, kind, name: id, members: members.filter((member) => member !== 'revision') };
}

function asObject(text: string | undefined): JsonObject {
  const value = text === undefined ? {} : parseItem(text);
  return isJsonObject(value) ? value : {};
}

function mappingChanges(file: CatalogEntries, held: readonly Cell[], desired: readonly Cell[]): MappingChange[] {
  const rules = new Map([...held, ...desired].flatMap((cell) => cell.rules.map((rule) => [rule.id, rule])));
  return compare(places(held), places(desired)).map(({ change, id }) => {
    const rule = rules.get(id)!;
    const { effect, mode, secret, issuer, subject } = rule;
    const line = change === 'removed' ? undefined : file.positions?.get(id)?.line;
    return compact({
      change,
      kind: 'mapping' as const,
      id,
      effect,
      mode,
      secret,
      issuer,
      subject,
      narrowed: Object.keys(mappingToJson(rule)).filter((member) => NARROWING.has(member)),
      line,
    });
  });
}

const NARROWING = new Set(Object.entries(MAPPING).flatMap(([name, { held }]) => (held === 'optional' ? [name] : [])));

/** Each mapping with the places of all its cells. */
function places(cells: readonly Cell[]): Entry[] {
  const found = new Map<string, string[]>();
  for (const cell of cells) {
    for (const { id } of cell.rules) found.set(id, [...(found.get(id) ?? []), keyText(cell)]);
  }
  return Array.from(found, ([id, list]): Entry => [id, list.sort().join('\n')]);
}

/** How many entries of one kind are created, changed and removed. */
export interface Counts {
  readonly created: number;
  readonly changed: number;
  readonly removed: number;
}

/** A plan in figures. An edited mapping counts as removed and as created. */
export interface Summary {
  readonly issuers: Counts;
  readonly stores: Counts;
  readonly secrets: Counts;
  /** `changed` counts mappings that only move to another cell. */
  readonly mappings: Counts;
}

/** Counts changes by kind. */
export function summarize(changes: readonly Change[]): Summary {
  const count = (of: Change['kind']): Counts => {
    const counts = { created: 0, changed: 0, removed: 0 };
    for (const { kind, change } of changes) if (kind === of) counts[change]++;
    return counts;
  };
  return { issuers: count('issuer'), stores: count('store'), secrets: count('secret'), mappings: count('mapping') };
}
