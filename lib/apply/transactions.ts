import { parseItem } from '../catalog/cell.ts';
import { CHANGES, keyText } from '../catalog/item-keys.ts';
import { type ItemChange, type ItemKey, MAX_CHANGES } from '../catalog/table.ts';
import { codecOf } from '../entries/codec.ts';
import { literal } from '../entries/kind.ts';
import { kept, perhapsKept } from '../entries/member.ts';
import { STORES_MAX_AGE_MS } from '../entries/store.ts';
import { compact } from '../wire/compact.ts';

/** What a key is to hold; undefined: no item. */
export interface Target extends ItemKey {
  readonly text: string | undefined;
}

/** Targets of one step, and what has to be waited for before they are written. */
export interface Batch {
  /**
   * Whether the pause has to be over first, if one is owed because names moved: true if this batch may give somebody more, or if
   * it follows the change that moves names. What only takes away never waits.
   */
  readonly waitFirst: boolean;
  /** Targets of one group are written in one transaction. Groups keep their order. */
  readonly groups: Iterable<readonly Target[]>;
  /** True if names may lead to another place after this batch: a pause is owed from here on. */
  readonly movesNames?: boolean;
}

/** One of the five steps. No batch shares a transaction with the one before it: an item may change in both. */
export type Step = readonly Batch[];

/** The steps of a plan as they are written. */
export interface Schedule {
  /** In the order in which they must be written. */
  readonly transactions: readonly (readonly ItemChange[])[];
  /** Which transactions have to wait for {@link PAUSE_MS} before they are written, by their indexes. */
  readonly pauses: ReadonlySet<number>;
}

/** Characters of one transaction, old and new content together; DynamoDB takes 4 MB. */
const MAX_CHARACTERS = 1_000_000;

/**
 * Milliseconds until every broker has loaded the new store list: the list's maximum age, and ten seconds for requests under way
 * and clocks that differ.
 */
export const PAUSE_MS = STORES_MAX_AGE_MS + 10_000;

/**
 * Turns steps into transactions and pauses. What the table holds already is not written.
 *
 * Each change expects what the batch before it left. Each transaction also counts up one item that all plans share
 * (`CHANGES`), so a plan ends with a conflict at its first write after another apply, whatever that one changed: the order of
 * a plan's writes is safe only if no other plan's writes come between.
 *
 * The same item says that names moved and no pause was made since. An apply that takes over from one that was cut short
 * therefore waits itself, whatever the machines' clocks say.
 * @param texts what the table holds, by `keyText` of the key
 * @throws WaxsealError `store_unavailable` if the shared item cannot be read
 */
export function toTransactions(steps: readonly Step[], texts: ReadonlyMap<string, string>): Schedule {
  const held = new Map(texts);
  const transactions: ItemChange[][] = [];
  const pauses = new Set<number>();
  let { count, moving } = readChanges(texts.get(keyText(CHANGES)));

  /** The changes that lead to these targets. From then on the table is taken to hold them. */
  function changesTo(targets: readonly Target[]): ItemChange[] {
    return targets.flatMap(({ pk, sk, text }): ItemChange[] => {
      const place = keyText({ pk, sk });
      const expect = held.get(place) ?? null;
      if ((text ?? null) === expect) return [];
      if (text === undefined) held.delete(place);
      else held.set(place, text);
      return [text === undefined ? { pk, sk, expect, delete: true } : { pk, sk, expect, put: text }];
    });
  }

  for (const { waitFirst, groups, movesNames = false } of steps.flat()) {
    if (waitFirst && moving) {
      pauses.add(transactions.length);
      moving = false;
    }
    moving ||= movesNames;
    for (const changes of packed(groups, changesTo)) {
      const text = JSON.stringify(changesCodec.toJson(compact({ count: ++count, moving: moving || undefined })));
      transactions.push([...changesTo([{ ...CHANGES, text }]), ...changes]);
    }
  }
  pauses.delete(transactions.length); // nothing is written after it: the next apply owes this pause
  return { transactions, pauses };
}

/** Puts the changes of as many groups together as fit into one transaction, which also has the shared item. */
function packed(
  groups: Iterable<readonly Target[]>,
  changesTo: (group: readonly Target[]) => ItemChange[],
): ItemChange[][] {
  const packs: { readonly changes: ItemChange[]; characters: number }[] = [];
  for (const group of groups) {
    const changes = changesTo(group);
    if (changes.length === 0) continue;
    const characters = changes.reduce((sum, change) => sum + charactersOf(change), 0);
    const last = packs.at(-1);
    const fits =
      last !== undefined &&
      last.changes.length + changes.length < MAX_CHANGES &&
      last.characters + characters <= MAX_CHARACTERS;
    if (!fits) packs.push({ changes, characters });
    else {
      last.changes.push(...changes);
      last.characters += characters;
    }
  }
  return packs.map(({ changes }) => changes);
}

function charactersOf(change: ItemChange): number {
  return (change.expect?.length ?? 0) + ('put' in change ? change.put.length : 0);
}

/** The item that every transaction changes: how many there were, and whether a pause is still owed. */
const changesCodec = codecOf({
  count: kept({ is: (value): value is number => Number.isSafeInteger(value) && (value as number) >= 0 }),
  moving: perhapsKept(literal(true)),
});

function readChanges(text: string | undefined): { count: number; moving: boolean } {
  if (text === undefined) return { count: 0, moving: false };
  const { count, moving = false } = changesCodec.fromJson(parseItem(text));
  return { count, moving };
}
