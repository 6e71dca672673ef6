import { decodeCell, parseItem } from '../catalog/cell.ts';
import { holdingOf, keyText } from '../catalog/item-keys.ts';
import type { CatalogWriter, ItemKey } from '../catalog/table.ts';
import { issuerFromJson, type TrustedIssuer } from '../entries/issuer.ts';
import type { Mapping } from '../entries/mapping.ts';
import { type RecordItem, recordItemFromJson } from '../entries/secret.ts';
import { type StoreEntry, storeFromJson } from '../entries/store.ts';

/** A cell with its rules, decoded. */
export interface Cell extends ItemKey {
  readonly rules: readonly Mapping[];
}

/** All that a catalog's table holds. */
export interface Content {
  /** Each item as it is written in the table, by `keyText` of its key. */
  readonly texts: ReadonlyMap<string, string>;
  readonly cells: readonly Cell[];
  readonly issuers: readonly TrustedIssuer[];
  readonly stores: readonly StoreEntry[];
  /** By the secret's name. */
  readonly records: ReadonlyMap<string, RecordItem>;
}

/**
 * Reads the whole table.
 * @throws WaxsealError `store_unavailable` if the table cannot be read, or holds an entry that cannot be
 */
export async function readContent(table: CatalogWriter, signal: AbortSignal): Promise<Content> {
  const texts = new Map<string, string>();
  const cells: Cell[] = [];
  const issuers: TrustedIssuer[] = [];
  const stores: StoreEntry[] = [];
  const records = new Map<string, RecordItem>();
  for await (const item of table.all(signal)) {
    const { pk, sk, data } = item;
    texts.set(keyText(item), data);
    switch (holdingOf(item)) {
      case 'issuer':
        issuers.push(issuerFromJson(parseItem(data)));
        break;
      case 'store':
        stores.push(storeFromJson(parseItem(data)));
        break;
      case 'record':
        records.set(sk, recordItemFromJson(parseItem(data)));
        break;
      case 'exact':
      case 'anchored':
      case 'wide':
        cells.push({ pk, sk, rules: decodeCell(data) });
    }
  }
  return { texts, cells, issuers, stores, records };
}
