import { encodeCell, MAX_CELL_BYTES } from '../catalog/cell.ts';
import { cellText, holdingOf, keyText, mappingCells } from '../catalog/item-keys.ts';
import type { CatalogEntries } from '../entries/catalog-entries.ts';
import type { TrustedIssuer } from '../entries/issuer.ts';
import type { Mapping } from '../entries/mapping.ts';
import type { RecordItem, SecretEntry } from '../entries/secret.ts';
import type { Cell, Content } from './content.ts';

/** What the table is to hold, and why it cannot, as sentences. */
export interface Desired {
  readonly cells: readonly Cell[];
  /** By the secret's name. */
  readonly records: ReadonlyMap<string, RecordItem>;
  readonly faults: readonly string[];
}

/** Works out cells and records from a catalog file. Records of uploads stay. */
export function workOutDesired(file: CatalogEntries, content: Content): Desired {
  const faults: string[] = [];
  const cells = desiredCells(file, faults);
  const records = desiredRecords(file, content, faults);
  return { cells, records, faults };
}

function desiredCells({ issuers, mappings }: CatalogEntries, faults: string[]): Cell[] {
  const entries = new Map(issuers.map((entry) => [entry.issuer, entry]));
  const cells = new Map<string, Cell & { readonly rules: Mapping[] }>();
  for (const mapping of mappings) {
    const issuer = entries.get(mapping.issuer);
    if (issuer === undefined) {
      faults.push(
        `A mapping for ${mapping.secret} names ${mapping.issuer}, which is not under issuers in the file. Add it there.`,
      );
      continue;
    }
    for (const key of mappingCells(mapping, issuer)) {
      const cell = cells.get(keyText(key)) ?? { ...key, rules: [] };
      if (!cell.rules.some(({ id }) => id === mapping.id)) cell.rules.push(mapping);
      cells.set(keyText(key), cell);
    }
  }
  const list = [...cells.values()];
  // Copies of a wide cell are equally long, so one of them stands for all.
  const distinct = new Map(list.map((cell) => [cellText(cell), cell]));
  for (const cell of distinct.values()) checkSize(cell, entries.get(cell.rules[0]!.issuer)!, faults);
  return list;
}

function checkSize({ pk, sk, rules }: Cell, { issuer, anchorClaim, subjectAnchor }: TrustedIssuer, faults: string[]) {
  const bytes = Buffer.byteLength(encodeCell(rules));
  if (bytes <= MAX_CELL_BYTES) return;
  const { subject } = rules[0]!;
  const anchored =
    anchorClaim === undefined
      ? `subjects with the same first ${subjectAnchor} segments as ${subject}`
      : `subjects with the same ${anchorClaim} claim, such as ${subject},`;
  const holding = holdingOf({ pk, sk });
  const whose =
    holding === 'exact' ? `the subject ${subject}` : holding === 'anchored' ? anchored : 'subjects without an anchor';
  const what = sk.endsWith('/*') ? `name patterns below ${sk.slice(0, -1)}` : sk;
  faults.push(
    `The ${rules.length} mappings of ${issuer} for ${whose} on ${what} take ${bytes} bytes in one cell, ` +
      `which holds at most ${MAX_CELL_BYTES}. Merge some of them, or make their subjects narrower.`,
  );
}

function desiredRecords(
  { secrets, stores }: CatalogEntries,
  content: Content,
  faults: string[],
): Map<string, RecordItem> {
  const names = new Set(stores.map(({ name }) => name));
  const defaultStore = stores.find((entry) => entry.default)?.name;
  const records = new Map<string, RecordItem>();
  for (const entry of secrets) {
    const { secret, store = defaultStore, ref } = entry;
    const found = content.records.get(secret);
    const same = found?.record?.store === store && found?.record?.ref === ref;
    if (store === undefined || !names.has(store)) faults.push(missingStore(entry));
    else if (found?.record !== undefined && !found.managed && !same) {
      faults.push(
        `The secret ${secret} was uploaded to ${found.record.store}, ref ${found.record.ref}, but the file registers ` +
          `${store}, ref ${ref}. Register the store and ref of the upload, or remove the secret from the file.`,
      );
    } else if (found !== undefined && same) records.set(secret, found);
    else {
      const record = { secret, store, ref, revisions: [] };
      records.set(secret, { secret, record, managed: true, highest: found?.highest ?? 0 });
    }
  }
  for (const [secret, found] of content.records) {
    if (records.has(secret)) continue;
    if (!found.managed) {
      records.set(secret, found);
      const { record } = found;
      if (record !== undefined && !names.has(record.store)) faults.push(droppedStore(secret, record.store, content));
    } else if (found.highest > 0) records.set(secret, { secret, managed: true, highest: found.highest });
  }
  return records;
}

function missingStore({ secret, store }: SecretEntry): string {
  return store === undefined
    ? `The secret ${secret} names no store, and no store in the file is the default. Name one, or add default: true to a store.`
    : `The secret ${secret} names the store ${store}, which is not under stores in the file. Add it there.`;
}

function droppedStore(secret: string, store: string, { stores }: Content): string {
  const entry = stores.find(({ name }) => name === store);
  const add = entry === undefined ? 'it' : `{ name: ${entry.name}, kind: ${entry.kind} }`;
  return `The secret ${secret} was uploaded to ${store}, which is not under stores in the file. Add ${add} there.`;
}
