import { encodeCell, MAX_CELL_BYTES } from '../catalog/cell.ts';
import { COPIES, mappingCells, placeOf, widePartition } from '../catalog/keys.ts';
import type { CatalogEntries } from '../entries/catalog-entries.ts';
import type { TrustedIssuer } from '../entries/issuer.ts';
import type { Mapping } from '../entries/mapping.ts';
import type { RecordItem } from '../entries/record-item.ts';
import type { Cell, Standing } from './standing.ts';

/** What the table is to hold, and why it cannot, in plain words. */
export interface Desired {
  readonly cells: readonly Cell[];
  readonly records: ReadonlyMap<string, RecordItem>;
  readonly faults: readonly string[];
}

/** Works out cells and records from a catalog's file. What uploads recorded stays. */
export function desire(file: CatalogEntries, standing: Standing): Desired {
  const faults: string[] = [];
  const cells = desireCells(file, faults);
  const records = desireRecords(file, standing, faults);
  return { cells, records, faults };
}

function desireCells({ issuers, mappings }: CatalogEntries, faults: string[]): Cell[] {
  const entries = new Map(issuers.map((entry) => [entry.issuer, entry]));
  const cells = new Map<string, Cell & { readonly rules: Mapping[] }>();
  for (const mapping of mappings) {
    const issuer = entries.get(mapping.issuer);
    if (issuer === undefined)
      faults.push(`A mapping of ${mapping.secret} names ${mapping.issuer}, which is no issuer.`);
    for (const key of issuer === undefined ? [] : mappingCells(mapping, issuer)) {
      const cell = cells.get(placeOf(key)) ?? { ...key, rules: [] };
      if (!cell.rules.some(({ id }) => id === mapping.id)) cell.rules.push(mapping);
      cells.set(placeOf(key), cell);
    }
  }
  const list = [...cells.values()];
  for (const cell of list) checkSize(cell, entries.get(cell.rules[0]!.issuer)!, faults);
  return list;
}

/** Copies are as long as the first, which stands for them. */
function checkSize({ pk, sk, rules }: Cell, { issuer, anchorClaim, subjectAnchor }: TrustedIssuer, faults: string[]) {
  const bytes = Buffer.byteLength(encodeCell(rules));
  const isCopy = Array.from({ length: COPIES - 1 }, (_, at) => widePartition(issuer, at + 1)).includes(pk);
  if (bytes <= MAX_CELL_BYTES || isCopy) return;
  const shared = anchorClaim === undefined ? `the first ${subjectAnchor} segments of` : `${anchorClaim} beside`;
  const whose = {
    E: `the subject ${rules[0]!.subject}`,
    A: `subjects that share ${shared} ${rules[0]!.subject}`,
    W: 'subjects that no anchor narrows',
  }[pk[0] as 'E' | 'A' | 'W'];
  const what = sk.endsWith('/*') ? `name patterns below ${sk.slice(0, -1)}` : sk;
  faults.push(
    `The ${rules.length} mappings of ${issuer} for ${whose} on ${what} take ${bytes} bytes in one cell, ` +
      `which holds at most ${MAX_CELL_BYTES}: merge them, or make their subjects narrower.`,
  );
}

function desireRecords(
  { secrets, stores }: CatalogEntries,
  standing: Standing,
  faults: string[],
): Map<string, RecordItem> {
  const names = new Set(stores.map(({ name }) => name));
  const defaultStore = stores.find((entry) => entry.default)?.name;
  const records = new Map<string, RecordItem>();
  for (const { secret, store = defaultStore, ref } of secrets) {
    const found = standing.records.get(secret);
    const same = found?.record?.store === store && found?.record?.ref === ref;
    if (store === undefined || !names.has(store))
      faults.push(`The secret ${secret} is in a store that the file lacks.`);
    else if (found?.record !== undefined && !found.managed && !same) {
      faults.push(`The secret ${secret} was uploaded to another place than the file registers.`);
    } else if (found !== undefined && same) records.set(secret, found);
    else
      records.set(secret, {
        secret,
        record: { secret, store, ref, revisions: [] },
        managed: true,
        highest: found?.highest ?? 0,
      });
  }
  for (const [secret, found] of standing.records) {
    if (records.has(secret)) continue;
    if (!found.managed) {
      records.set(secret, found);
      if (found.record !== undefined && !names.has(found.record.store)) {
        const lacks = `The secret ${secret} was uploaded to ${found.record.store}, a store that the file lacks`;
        const entry = standing.stores.find(({ name }) => name === found.record?.store);
        faults.push(
          entry === undefined
            ? `${lacks}.`
            : `${lacks}: add { name: ${entry.name}, kind: ${entry.kind} } to its stores.`,
        );
      }
    } else if (found.highest > 0) records.set(secret, { secret, managed: true, highest: found.highest });
  }
  return records;
}
