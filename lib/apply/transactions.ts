import { parseItem } from '../catalog/cell.ts';
import { CHANGES, placeOf } from '../catalog/keys.ts';
import { type ItemChange, type ItemKey, MAX_CHANGES } from '../catalog/table.ts';
import { readItem } from '../entries/item-reader.ts';
import { STORES_MAX_AGE_MS } from '../entries/secret.ts';

/** What is to stand at a place; undefined: nothing. */
export interface Wanted extends ItemKey {
  readonly text: string | undefined;
}

/** Characters of one transaction, old and new content together; DynamoDB takes 4 MB. */
const MAX_CHARACTERS = 1_000_000;

/** Milliseconds after which no broker goes by an older list of stores; the rest is for requests on their way, and for clocks. */
export const SETTLE_MS = STORES_MAX_AGE_MS + 10_000;

/** Makes transactions of what is wanted, one step after another. */
export interface TransactionWriter {
  /**
   * Adds a step. What one group wants is in one transaction, and groups keep their order; what stands there already is left
   * alone.
   * @param moves whether names may lead elsewhere after this step. Brokers go by the old list of stores for a while, so what
   *   follows must wait.
   */
  step(groups: Iterable<readonly Wanted[]>, moves?: boolean): void;
  /**
   * Before a step that may give somebody more: makes the wait that an earlier plan has left to this one. What only takes away
   * does not wait.
   */
  settle(): void;
  /** All transactions so far, in the order in which they must be written. */
  readonly transactions: readonly (readonly ItemChange[])[];
  /** Before which transactions to wait for {@link SETTLE_MS}, by their places. */
  readonly pauses: ReadonlySet<number>;
}

/**
 * Starts from what stands in the table. Each change expects what the step before it left, and each transaction counts up one
 * item that all plans share: a plan ends with a conflict at its first write after somebody else's apply, whatever that
 * changed, since the order of a plan's writes is safe only where no other plan's writes come between. That names were led
 * elsewhere stands there too, until the wait after it is over: an apply that takes up one that was cut short waits itself,
 * whatever the clocks of the machines say.
 */
export function transactionWriter(texts: ReadonlyMap<string, string>): TransactionWriter {
  const standing = new Map(texts);
  const transactions: ItemChange[][] = [];
  let { count, moving } = readChanges(texts.get(placeOf(CHANGES)));
  const pauses = new Set<number>();

  function changeTo({ pk, sk, text }: Wanted): ItemChange[] {
    const place = placeOf({ pk, sk });
    const expect = standing.get(place) ?? null;
    if ((text ?? null) === expect) return [];
    if (text === undefined) {
      standing.delete(place);
      return [{ pk, sk, expect, delete: true }];
    }
    standing.set(place, text);
    return [{ pk, sk, expect, put: text }];
  }

  function settle(): void {
    if (moving) pauses.add(transactions.length);
    moving = false;
  }

  return {
    transactions,
    pauses,
    step(groups, moves = false) {
      const before = transactions.length;
      moving ||= moves;
      let open: ItemChange[] = []; // a step never joins the transaction of the one before: an item may change in both
      let characters = 0;
      for (const group of groups) {
        const changes = group.flatMap(changeTo);
        const size = changes.reduce((sum, change) => sum + sizeOf(change), 0);
        if (changes.length === 0) continue;
        if (open.length === 0 || open.length + changes.length > MAX_CHANGES || characters + size > MAX_CHARACTERS) {
          open = changeTo({ ...CHANGES, text: JSON.stringify({ count: ++count, ...(moving ? { moving } : {}) }) });
          transactions.push(open);
          characters = 0;
        }
        open.push(...changes);
        characters += size;
      }
      if (moves && transactions.length > before) settle();
    },
    settle,
  };
}

function readChanges(text: string | undefined): { count: number; moving: boolean } {
  if (text === undefined) return { count: 0, moving: false };
  const item = readItem(parseItem(text));
  const read = { count: item.required('count', isCount), moving: item.optional('moving', isTrue) ?? false };
  item.end();
  return read;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isTrue(value: unknown): value is true {
  return value === true;
}

function sizeOf(change: ItemChange): number {
  return (change.expect?.length ?? 0) + ('put' in change ? change.put.length : 0);
}
