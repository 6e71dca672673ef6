import { parseItem } from '../cell.ts';
import { CHANGES, placeOf } from '../cells.ts';
import { readItem } from '../item-reader.ts';
import { type ItemChange, type ItemKey, MAX_CHANGES } from '../table.ts';

/** What is to stand at a place; undefined: nothing. */
export interface Wanted extends ItemKey {
  readonly text: string | undefined;
}

/** Characters of one transaction, old and new content together; DynamoDB takes 4 MB. */
const MAX_CHARACTERS = 1_000_000;

/** Makes transactions of what is wanted, one step after another. */
export interface TransactionWriter {
  /**
   * Adds a step. What one group wants is in one transaction, and groups keep their order; what stands there already is left
   * alone.
   */
  step(groups: Iterable<readonly Wanted[]>): void;
  /** All transactions so far, in the order in which they must be written. */
  readonly transactions: readonly (readonly ItemChange[])[];
}

/**
 * Starts from what stands in the table. Each change expects what the step before it left, and each transaction counts up one
 * item that all plans share: a plan ends with a conflict at its first write after somebody else's apply, whatever that
 * changed, since the order of a plan's writes is safe only where no other plan's writes come between.
 */
export function transactionWriter(texts: ReadonlyMap<string, string>): TransactionWriter {
  const standing = new Map(texts);
  const transactions: ItemChange[][] = [];
  let count = readCount(texts.get(placeOf(CHANGES)));

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

  return {
    transactions,
    step(groups) {
      let open: ItemChange[] = []; // a step never joins the transaction of the one before: an item may change in both
      let characters = 0;
      for (const group of groups) {
        const changes = group.flatMap(changeTo);
        const size = changes.reduce((sum, change) => sum + sizeOf(change), 0);
        if (changes.length === 0) continue;
        if (open.length === 0 || open.length + changes.length > MAX_CHANGES || characters + size > MAX_CHARACTERS) {
          open = changeTo({ ...CHANGES, text: JSON.stringify({ count: ++count }) });
          transactions.push(open);
          characters = 0;
        }
        open.push(...changes);
        characters += size;
      }
    },
  };
}

function readCount(text: string | undefined): number {
  if (text === undefined) return 0;
  return readItem(parseItem(text)).required('count', (value): value is number => Number.isSafeInteger(value));
}

function sizeOf(change: ItemChange): number {
  return (change.expect?.length ?? 0) + ('put' in change ? change.put.length : 0);
}
