import { type IssuerState, issuerFromJson, issuerStateFromJson, type TrustedIssuer } from '../entries/issuer.ts';
import type { Mapping } from '../entries/mapping.ts';
import { recordItemFromJson, type SecretRecord } from '../entries/secret.ts';
import { type StoreEntry, storeFromJson } from '../entries/store.ts';
import type { Caller } from '../token/caller.ts';
import { compact } from '../wire/compact.ts';
import { WaxsealError } from '../wire/errors.ts';
import { firstSegment } from '../wire/names.ts';
import { decodeCell, parseItem, rememberDecoded } from './cell.ts';
import {
  COPIES,
  callerPartitions,
  ISSUER_STATE,
  ISSUERS,
  patternsSortKey,
  recordKey,
  STORES,
  widePartition,
} from './item-keys.ts';
import { type Listable, type ListableRange, listable } from './listable.ts';
import type { CatalogReader, Item } from './table.ts';

/** What one read of the catalog returned about one caller and the requested names. */
export interface View {
  /** The issuer's present state; undefined if it is no longer in the catalog: then its callers may get nothing. */
  readonly issuer?: IssuerState;
  /** The record of one of the names, or undefined if it has no record. */
  record(name: string): SecretRecord | undefined;
  /** Every rule that can apply to the caller and one of the names, and some that cannot: `decide` sorts them out. */
  mappings(name: string): readonly Mapping[];
}

/** What the broker reads from the catalog. Every method throws `store_unavailable` if it cannot read all that it needs. */
export interface Catalog {
  /** All trusted issuers. */
  issuers(signal: AbortSignal): Promise<TrustedIssuer[]>;
  /** All stores. */
  stores(signal: AbortSignal): Promise<StoreEntry[]>;
  /**
   * All that is needed to decide on the names, in one round trip, strongly consistent, however many mappings there are.
   * @throws WaxsealError `store_unavailable`; `invalid_token` if the token has more than 8 values in its anchor claim
   */
  view(caller: Caller, names: readonly string[], signal: AbortSignal): Promise<View>;
  /** Names that some rule may allow the caller, in order, a page at a time. Each must still be decided. */
  listable(caller: Caller, range: ListableRange, signal: AbortSignal): Promise<Listable>;
}

/** What a catalog is made from. */
export interface CatalogOptions {
  readonly table: CatalogReader;
  /** Picks which of the 8 copies of the wide cells to read, 0 to 7 (default: at random). */
  readonly copy?: () => number;
}

/** The catalog in a table; `item-keys.ts` has the keys. Only decoded JSON is kept between two calls. */
export function createCatalog({ table, copy = anyCopy }: CatalogOptions): Catalog {
  const readCell = rememberDecoded(decodeCell);
  const readRecord = rememberDecoded((text) => recordItemFromJson(parseItem(text)));

  function readHeld(text: string | undefined): readonly Mapping[] {
    return text === undefined ? [] : readCell(text);
  }

  async function partition(pk: string, signal: AbortSignal): Promise<Item[]> {
    const items: Item[] = [];
    let after: string | undefined;
    do {
      const page = await table.query(pk, compact({ after }), signal);
      items.push(...page.items);
      after = page.next;
    } while (after !== undefined);
    return items;
  }

  return {
    async issuers(signal) {
      return (await partition(ISSUERS, signal)).map(({ data }) => issuerFromJson(parseItem(data)));
    },

    async stores(signal) {
      return (await partition(STORES, signal)).map(({ data }) => storeFromJson(parseItem(data)));
    },

    async view(caller, names, signal) {
      const chosen = copy();
      const partitions = callerPartitions(caller, chosen);
      const state = { pk: widePartition(caller.issuer.issuer, chosen), sk: ISSUER_STATE };
      const distinct = new Set(names);
      const segments = new Set(Array.from(distinct, firstSegment));
      const items = await table.get(
        [
          state,
          ...Array.from(distinct, recordKey),
          ...[...distinct, ...Array.from(segments, patternsSortKey)].flatMap((sk) =>
            partitions.map((pk) => ({ pk, sk })),
          ),
        ],
        signal,
      );
      const found = byPartition(items);
      const issuer = found.get(state.pk)?.get(state.sk);
      const cells = partitions.flatMap((pk) => found.get(pk) ?? []);

      const rulesAt = (sk: string) => cells.flatMap((cell) => readHeld(cell.get(sk)));
      const patternRules = once((segment: string) => rulesAt(patternsSortKey(segment)));

      /** A name that was not requested was not read, which must not look like a name without a deny. */
      function check(name: string): void {
        if (!distinct.has(name))
          throw new WaxsealError('internal_error', 'The name is not in this view of the catalog.');
      }

      return compact({
        issuer: issuer === undefined ? undefined : issuerStateFromJson(parseItem(issuer)),
        record(name: string) {
          check(name);
          const { pk, sk } = recordKey(name);
          const data = found.get(pk)?.get(sk);
          return data === undefined ? undefined : readRecord(data).record;
        },
        mappings(name: string) {
          check(name);
          return [...rulesAt(name), ...patternRules(firstSegment(name))];
        },
      });
    },

    listable: (caller, range, signal) =>
      listable({ table, readCell, partitions: callerPartitions(caller, copy()), caller }, range, signal),
  };
}

/** Items' data by partition and sort key. */
function byPartition(items: readonly Item[]): Map<string, Map<string, string>> {
  const found = new Map<string, Map<string, string>>();
  for (const { pk, sk, data } of items) {
    const partition = found.get(pk);
    if (partition === undefined) found.set(pk, new Map([[sk, data]]));
    else partition.set(sk, data);
  }
  return found;
}

/** Calculates once for each string. */
function once<T>(calculate: (input: string) => T): (input: string) => T {
  const known = new Map<string, T>();
  return (input) => {
    const held = known.get(input) ?? calculate(input);
    known.set(input, held);
    return held;
  };
}

function anyCopy(): number {
  return Math.floor(Math.random() * COPIES);
}
