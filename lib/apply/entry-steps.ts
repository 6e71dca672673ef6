import { issuerKey, issuerStateKeys, keyText, recordKey, storeKey } from '../catalog/item-keys.ts';
import type { CatalogEntries } from '../entries/catalog-entries.ts';
import { issuerStateToJson, issuerToJson, type TrustedIssuer } from '../entries/issuer.ts';
import type { Mapping } from '../entries/mapping.ts';
import { recordItemToJson } from '../entries/secret.ts';
import { type StoreEntry, storeToJson } from '../entries/store.ts';
import type { Content } from './content.ts';
import type { Desired } from './desired.ts';
import type { Step, Target } from './transactions.ts';

/** Which changes of entries give a rule another meaning: who may use it (its issuer), or the place to which its names lead. */
export interface Affected {
  readonly issuer: boolean;
  readonly place: boolean;
}

/** Issuers, stores and records that differ from what they are to be, as targets. */
export interface EntryDiff {
  /** Issuers that are removed or suspended. A group is an issuer's entry with all copies of its state. */
  readonly closing: readonly (readonly Target[])[];
  /** Active issuers that are new or changed, in the same groups. */
  readonly opening: readonly (readonly Target[])[];
  /** New stores to which no name leads yet: without a direct prefix. */
  readonly newStores: readonly Target[];
  /** All other stores that are new, changed or removed. */
  readonly changedStores: readonly Target[];
  /** Whether the stores alone lead some name to another place: a direct prefix is dropped, or a store changes its kind. */
  readonly namesMove: boolean;
  /** Records that are new or lead to another place. */
  readonly newRecords: readonly Target[];
  readonly removedRecords: readonly Target[];
  /** What these differences change for a rule, though the rule itself stays. */
  readonly affects: (rule: Mapping) => Affected;
}

/** Compares the entries that the table holds with those that it is to hold. */
export function compareEntries(file: CatalogEntries, content: Content, { records }: Desired): EntryDiff {
  const differs = (target: Target) => content.texts.get(keyText(target)) !== target.text;
  const removed = without(content.issuers, file.issuers, ({ issuer }) => issuer).map(removeIssuer);
  const suspended = file.issuers.filter(({ state }) => state === 'suspended').map(putIssuer);
  const active = file.issuers.filter(({ state }) => state !== 'suspended').map(putIssuer);
  const opening = active.filter((group) => group.some(differs));

  const added = without(file.stores, content.stores, ({ name }) => name).filter(({ direct }) => direct === undefined);
  const changedStores = [
    ...without(file.stores, added, ({ name }) => name).map(putStore),
    ...without(content.stores, file.stores, ({ name }) => name).map(removeStore),
  ].filter(differs);

  const secrets = new Set([...content.records.keys(), ...records.keys()]);
  const [newRecords, removedRecords]: [Target[], Target[]] = [[], []];
  for (const secret of secrets) {
    const record = records.get(secret);
    const target = { ...recordKey(secret), text: record && JSON.stringify(recordItemToJson(record)) };
    if (differs(target)) (record?.record === undefined ? removedRecords : newRecords).push(target);
  }

  const openingKeys = new Set(opening.map(([entry]) => entry!.sk));
  const movingSecrets = new Set([...newRecords, ...removedRecords].flatMap(({ sk }) => secretsCovering(sk)));
  return {
    closing: [...removed, ...suspended],
    opening,
    newStores: added.map(putStore),
    changedStores,
    namesMove: content.stores.some((old) => leadsElsewhere(old, file.stores)),
    newRecords,
    removedRecords,
    affects: ({ issuer, secret }) => ({
      issuer: openingKeys.has(issuerKey(issuer).sk),
      place: changedStores.length > 0 || movingSecrets.has(secret),
    }),
  };
}

/**
 * Step 2: issuers are removed or suspended.
 *
 * Nobody is given more, so nothing has to be waited for.
 */
export function closeIssuers({ closing }: EntryDiff): Step {
  return [{ waitFirst: false, groups: closing }];
}

/**
 * Step 3: stores and records change, and issuers are opened last. A direct prefix finds only names without a record. So a
 * record is added before the prefix that would find its name, and removed after the prefix that would still find it.
 *
 * Waits first if anything changes: an earlier apply may have moved names. If the stores move names now, whatever is written
 * after them waits, in this step or a later one, until every broker has loaded the new store list.
 */
export function changeEntries(diff: EntryDiff): Step {
  const { newStores, newRecords, changedStores, namesMove, removedRecords, opening } = diff;
  const changes = [newStores, newRecords, changedStores, removedRecords, opening].some(({ length }) => length > 0);
  return [
    { waitFirst: changes, groups: newStores.map(alone) },
    { waitFirst: false, groups: newRecords.map(alone) },
    { waitFirst: false, groups: [changedStores], movesNames: namesMove },
    { waitFirst: namesMove, groups: removedRecords.map(alone) },
    { waitFirst: false, groups: opening },
  ];
}

function alone(target: Target): readonly Target[] {
  return [target];
}

function leadsElsewhere(old: StoreEntry, stores: readonly StoreEntry[]): boolean {
  const entry = stores.find(({ name }) => name === old.name);
  if (old.direct !== undefined && old.direct !== entry?.direct) return true;
  return entry !== undefined && old.kind !== entry.kind;
}

/** Every `secret` of a rule that covers this name: the name, and the pattern for each of its folders. */
function secretsCovering(name: string): string[] {
  const segments = name.split('/');
  return [name, ...segments.slice(1).map((_, at) => `${segments.slice(0, at + 1).join('/')}/*`)];
}

function putIssuer(entry: TrustedIssuer): Target[] {
  const state = JSON.stringify(issuerStateToJson(entry));
  const copies = issuerStateKeys(entry.issuer).map((key): Target => ({ ...key, text: state }));
  return [{ ...issuerKey(entry.issuer), text: JSON.stringify(issuerToJson(entry)) }, ...copies];
}

function removeIssuer({ issuer }: TrustedIssuer): Target[] {
  return [issuerKey(issuer), ...issuerStateKeys(issuer)].map((key): Target => ({ ...key, text: undefined }));
}

function putStore(entry: StoreEntry): Target {
  return { ...storeKey(entry.name), text: JSON.stringify(storeToJson(entry)) };
}

function removeStore({ name }: StoreEntry): Target {
  return { ...storeKey(name), text: undefined };
}

/** The entries whose names the others lack. */
function without<T>(entries: readonly T[], others: readonly T[], name: (entry: T) => string): T[] {
  const known = new Set(others.map(name));
  return entries.filter((entry) => !known.has(name(entry)));
}
