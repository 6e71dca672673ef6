import { issuerKey, issuerStateKeys, placeOf, recordKey, storeKey } from '../catalog/keys.ts';
import type { CatalogEntries } from '../entries/catalog-entries.ts';
import type { TrustedIssuer } from '../entries/issuer.ts';
import { issuerStateToJson } from '../entries/issuer-state.ts';
import { issuerToJson, storeToJson } from '../entries/items.ts';
import type { Mapping } from '../entries/mapping.ts';
import { recordItemToJson } from '../entries/record-item.ts';
import type { Desired } from './desired.ts';
import type { Standing } from './standing.ts';
import type { TransactionWriter, Wanted } from './transactions.ts';

/** What of a rule's meaning changes with the entries, though the rule stays: who may use it, or where its names lead. */
export interface Leaning {
  readonly issuer: boolean;
  readonly place: boolean;
}

/** The steps in which issuers, stores and records change, and what rests on them. */
export interface EntrySteps {
  leaning(mapping: Mapping): Leaning;
  /** First: issuers that go, or are suspended. An issuer's entry and all copies of its state are one transaction. */
  closeIssuers(writer: TransactionWriter): void;
  /**
   * Everything else. A record comes before, and goes after, the direct prefix under which its name would be found instead;
   * an issuer is opened last.
   */
  change(writer: TransactionWriter): void;
}

/** Works out the steps from the entries that stand and those that are to be. */
export function entrySteps(file: CatalogEntries, standing: Standing, { records }: Desired): EntrySteps {
  const differs = (wanted: Wanted) => standing.texts.get(placeOf(wanted)) !== wanted.text;
  const going = without(standing.issuers, file.issuers, ({ issuer }) => issuer).map(removeIssuer);
  const [suspended, open] = [true, false].map((wanted) =>
    file.issuers.filter(({ state }) => (state === 'suspended') === wanted).map(putIssuer),
  ) as [Wanted[][], Wanted[][]];
  const opening = new Set(open.filter((group) => group.some(differs)).map(([entry]) => entry!.sk));

  const puts = file.stores.map(
    (entry): Wanted => ({ ...storeKey(entry.name), text: JSON.stringify(storeToJson(entry)) }),
  );
  const removals = without(standing.stores, file.stores, ({ name }) => name).map(
    ({ name }): Wanted => ({ ...storeKey(name), text: undefined }),
  );
  const added = new Set(
    without(file.stores, standing.stores, ({ name }) => name).flatMap(({ name, direct }) =>
      direct === undefined ? [storeKey(name).sk] : [],
    ),
  );
  const isAdded = ({ sk }: Wanted) => added.has(sk); // no name leads there yet
  const storesChange = [...puts, ...removals].some((wanted) => differs(wanted) && !isAdded(wanted));
  const namesMove = standing.stores.some((old) => {
    const entry = file.stores.find(({ name }) => name === old.name);
    return (
      (old.direct !== undefined && old.direct !== entry?.direct) || (entry !== undefined && old.kind !== entry.kind)
    );
  });

  const names = new Set([...standing.records.keys(), ...records.keys()]);
  const places = Array.from(names, (name): Wanted => {
    const record = records.get(name);
    return { ...recordKey(name), text: record && JSON.stringify(recordItemToJson(record)) };
  }).filter(differs);
  const moving = new Set(places.flatMap(({ sk }) => secretsThatCover(sk)));

  return {
    leaning: ({ issuer, secret }) => ({
      issuer: opening.has(issuerKey(issuer).sk),
      place: storesChange || moving.has(secret),
    }),
    closeIssuers(writer) {
      writer.step([...going, ...suspended]);
    },
    change(writer) {
      if (places.length > 0 || opening.size > 0 || [...puts, ...removals].some(differs)) writer.settle();
      writer.step(puts.filter(isAdded).map((wanted) => [wanted]));
      writer.step(places.filter(({ sk }) => records.get(sk)?.record !== undefined).map((wanted) => [wanted]));
      writer.step([[...puts, ...removals]], namesMove);
      writer.step(places.map((wanted) => [wanted]));
      writer.step(open);
    },
  };
}

/** What a rule's `secret` can be for the rule to speak of a name. */
function secretsThatCover(name: string): string[] {
  const segments = name.split('/');
  return [name, ...segments.slice(1).map((_, at) => `${segments.slice(0, at + 1).join('/')}/*`)];
}

function putIssuer(entry: TrustedIssuer): Wanted[] {
  const state = JSON.stringify(issuerStateToJson(entry));
  const copies = issuerStateKeys(entry.issuer).map((key): Wanted => ({ ...key, text: state }));
  return [{ ...issuerKey(entry.issuer), text: JSON.stringify(issuerToJson(entry)) }, ...copies];
}

function removeIssuer({ issuer }: TrustedIssuer): Wanted[] {
  return [issuerKey(issuer), ...issuerStateKeys(issuer)].map((key): Wanted => ({ ...key, text: undefined }));
}

/** The entries whose names the others lack. */
function without<T>(entries: readonly T[], others: readonly T[], name: (entry: T) => string): T[] {
  const known = new Set(others.map(name));
  return entries.filter((entry) => !known.has(name(entry)));
}
