import type { Mapping } from '../mapping/mapping.ts';
import { matchesSecret } from '../mapping/secret-pattern.ts';
import type { TrustedIssuer } from '../token/trusted-issuer.ts';
import { issuerKey, issuerStateKeys, placeOf, recordKey, storeKey } from './cells.ts';
import type { Desired } from './desired.ts';
import type { CatalogFile } from './file.ts';
import { issuerStateToJson } from './issuer-state.ts';
import { issuerToJson, storeToJson } from './items.ts';
import { recordItemToJson } from './record-item.ts';
import type { Standing } from './standing.ts';
import type { TransactionWriter, Wanted } from './transactions.ts';

/** The steps in which issuers, stores and records change, and what rests on them. */
export interface EntrySteps {
  /** Whether a rule means something else once the entries have changed: its issuer, or what its names lead to. */
  leansOnChange(mapping: Mapping): boolean;
  /** First: issuers that go, or are suspended. An issuer's entry and all copies of its state are one transaction. */
  closeIssuers(writer: TransactionWriter): void;
  /** Everything else. A record comes before, and goes after, the direct prefix under which its name would be found instead. */
  change(writer: TransactionWriter): void;
}

/** Works out the steps from the entries that stand and those that are to be. */
export function entrySteps(file: CatalogFile, standing: Standing, { records }: Desired): EntrySteps {
  const differs = (wanted: Wanted) => standing.texts.get(placeOf(wanted)) !== wanted.text;
  const going = without(standing.issuers, file.issuers, ({ issuer }) => issuer).map(removeIssuer);
  const issuers = file.issuers.map(putIssuer);
  const issuersChanging = new Set(
    [...going, ...issuers].filter((group) => group.some(differs)).map(([entry]) => entry!.sk),
  );

  const newStores = without(file.stores, standing.stores, ({ name }) => name).filter(
    ({ direct }) => direct === undefined,
  );
  const goingStores = without(standing.stores, file.stores, ({ name }) => name);
  const putStores = (entries: typeof file.stores) =>
    entries.map((entry): Wanted => ({ ...storeKey(entry.name), text: JSON.stringify(storeToJson(entry)) }));
  const stores = [
    ...putStores(file.stores),
    ...goingStores.map(({ name }): Wanted => ({ ...storeKey(name), text: undefined })),
  ];
  const storesChange = stores.some(differs);

  const names = new Set([...standing.records.keys(), ...records.keys()]);
  const places = Array.from(names, (name): Wanted => {
    const record = records.get(name);
    return { ...recordKey(name), text: record && JSON.stringify(recordItemToJson(record)) };
  }).filter(differs);

  return {
    leansOnChange: ({ issuer, secret }) =>
      storesChange || issuersChanging.has(issuerKey(issuer).sk) || places.some(({ sk }) => matchesSecret(secret, sk)),
    closeIssuers(writer) {
      writer.step([...going, ...file.issuers.filter(({ state }) => state === 'suspended').map(putIssuer)]);
    },
    change(writer) {
      writer.step(issuers);
      writer.step(putStores(newStores).map((wanted) => [wanted]));
      writer.step(places.filter(({ sk }) => records.get(sk)?.record !== undefined).map((wanted) => [wanted]));
      writer.step([stores]);
      writer.step(places.map((wanted) => [wanted]));
    },
  };
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
