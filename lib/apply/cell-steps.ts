import { encodeCell } from '../catalog/cell.ts';
import { cellText, keyText } from '../catalog/item-keys.ts';
import type { ItemKey } from '../catalog/table.ts';
import type { Mapping } from '../entries/mapping.ts';
import type { Cell } from './content.ts';
import type { Affected } from './entry-steps.ts';
import type { Step, Target } from './transactions.ts';

/** A cell with its rules as they are and as they are to be. */
interface CellChange extends ItemKey {
  readonly old: readonly Mapping[];
  readonly desired: readonly Mapping[];
}

/** All cells, and which rules exist before and after. A rule may be in both and yet move to another cell. */
export interface CellDiff {
  readonly cells: readonly CellChange[];
  readonly oldIds: ReadonlySet<string>;
  readonly newIds: ReadonlySet<string>;
}

/** Compares the cells that the table holds with those that it is to hold. */
export function compareCells(held: readonly Cell[], desired: readonly Cell[]): CellDiff {
  const cells = new Map<string, CellChange>();
  for (const { pk, sk, rules } of held) cells.set(keyText({ pk, sk }), { pk, sk, old: rules, desired: [] });
  for (const { pk, sk, rules } of desired) {
    const place = keyText({ pk, sk });
    cells.set(place, { pk, sk, old: cells.get(place)?.old ?? [], desired: rules });
  }
  return { cells: [...cells.values()], oldIds: idsOf(held), newIds: idsOf(desired) };
}

/**
 * Step 1: all new denies are added, and rules that move are copied to their new cell, since a rule means the same in either.
 *
 * Allow rules that the new catalog drops are removed if they depend on an entry that is about to change. Later, such a rule
 * would meet an issuer that demands less, or a name that leads to another place. An allow rule that stays but depends on two
 * changes, its issuer's and its name's, is removed until both are made.
 *
 * Nobody is given more, so nothing has to be waited for.
 */
export function addDeniesAndRemoveAllows(diff: CellDiff, affects: (rule: Mapping) => Affected): Step {
  const comes = ({ effect, id }: Mapping) => effect === 'deny' || diff.oldIds.has(id);
  const goes = (rule: Mapping) => {
    if (rule.effect === 'deny') return false;
    const { issuer, place } = affects(rule);
    return isDropped(rule, diff) ? issuer || place : issuer && place;
  };
  const groups = groupsOf(diff.cells, ({ old, desired }) =>
    [...old, ...desired.filter(comes)].filter((rule) => !goes(rule)),
  );
  return [{ waitFirst: false, groups }];
}

/**
 * Step 4: new allow rules are added, and those that the new catalog drops are removed. A cell that has both is written once, so
 * an edit leaves no gap; a rule that was edited into another cell is added there before it is removed here.
 *
 * Waits first if a rule is new: it must not meet a broker that looks names up where they were before.
 */
export function addAllows(diff: CellDiff): Step {
  const gains = ({ desired }: CellChange) =>
    desired.some(({ effect, id }) => effect === 'allow' && !diff.oldIds.has(id));
  const cells = [...diff.cells.filter(gains), ...diff.cells.filter((cell) => !gains(cell))];
  const groups = groupsOf(cells, ({ old, desired }) => [...old.filter((rule) => !isDropped(rule, diff)), ...desired]);
  return [{ waitFirst: cells.some(gains), groups }];
}

/**
 * Step 5: denies that the new catalog drops are removed, and rules that moved are removed from their old cell.
 *
 * Waits first if a deny is dropped, for the same reason as step 4.
 */
export function removeDenies(diff: CellDiff): Step {
  const isDroppedDeny = ({ effect, id }: Mapping) => effect === 'deny' && !diff.newIds.has(id);
  const waitFirst = diff.cells.some(({ old }) => old.some(isDroppedDeny));
  return [{ waitFirst, groups: groupsOf(diff.cells, ({ desired }) => desired) }];
}

function isDropped({ effect, id }: Mapping, { newIds }: CellDiff): boolean {
  return effect === 'allow' && !newIds.has(id);
}

/** Targets with these rules. All copies of a wide cell are one group, so that no caller ever sees two states. */
function groupsOf(
  cells: readonly CellChange[],
  rulesOf: (cell: CellChange) => readonly Mapping[],
): Iterable<readonly Target[]> {
  const groups = new Map<string, Target[]>();
  for (const cell of cells) {
    const target = { pk: cell.pk, sk: cell.sk, text: textOf(rulesOf(cell)) };
    const group = groups.get(cellText(target)) ?? []; // not Map.groupBy: operators may have Node 20
    groups.set(cellText(target), [...group, target]);
  }
  return groups.values();
}

function textOf(rules: readonly Mapping[]): string | undefined {
  const distinct = new Map(rules.map((rule) => [rule.id, rule]));
  return distinct.size === 0 ? undefined : encodeCell([...distinct.values()]);
}

function idsOf(cells: readonly Cell[]): ReadonlySet<string> {
  return new Set(cells.flatMap(({ rules }) => rules.map(({ id }) => id)));
}
