import { encodeCell } from '../catalog/cell.ts';
import { placeOf } from '../catalog/keys.ts';
import type { Mapping } from '../entries/mapping.ts';
import type { Leaning } from './entries.ts';
import type { Cell } from './standing.ts';
import type { TransactionWriter, Wanted } from './transactions.ts';

/** A cell as it is and as it is to be. */
interface Turn {
  readonly cell: Cell;
  readonly old: readonly Mapping[];
  readonly wanted: readonly Mapping[];
}

/** The steps in which cells change. Between any two writes nobody may do what neither the old catalog nor the new one allows. */
export interface CellSteps {
  /**
   * First: every deny comes, and rules that move come to their new cell, since their effect does not depend on where they
   * stand. Before entries change, allow rules go that the new catalog lacks and that lean on a change: else they would meet an
   * issuer whose demands were loosened, or a name that leads elsewhere by now. Rules that lean on two changes go for as long
   * as one is made without the other.
   */
  tighten(writer: TransactionWriter, leaning: (mapping: Mapping) => Leaning): void;
  /** Allow rules come, and those go that the new catalog lacks: in one write where a cell has both, so an edit leaves no gap. */
  widen(writer: TransactionWriter): void;
  /** Last: denies go that the new catalog lacks, and what moved leaves its old cell. */
  undenyLast(writer: TransactionWriter): void;
}

/** Works out the steps from the cells that stand and those that are to be. */
export function cellSteps(standing: readonly Cell[], desired: readonly Cell[]): CellSteps {
  const turns = turnsOf(standing, desired);
  const oldIds = new Set(standing.flatMap(({ rules }) => rules.map(({ id }) => id)));
  const newIds = new Set(desired.flatMap(({ rules }) => rules.map(({ id }) => id)));
  const vanishes = ({ effect, id }: Mapping) => effect === 'allow' && !newIds.has(id);
  const comesFirst = ({ effect, id }: Mapping) => effect === 'deny' || oldIds.has(id);

  function step(writer: TransactionWriter, rulesAt: (turn: Turn) => readonly Mapping[], order = turns): void {
    const wanted = order.map((turn): Wanted => ({ ...keyOf(turn.cell), text: textOf(rulesAt(turn)) }));
    writer.step(Map.groupBy(wanted, copiesOf).values());
  }

  return {
    tighten(writer, leaning) {
      const goes = (rule: Mapping) => {
        if (rule.effect === 'deny') return false;
        const { issuer, place } = leaning(rule);
        return vanishes(rule) ? issuer || place : issuer && place;
      };
      step(writer, ({ old, wanted }) => [...old, ...wanted.filter(comesFirst)].filter((rule) => !goes(rule)));
    },
    widen(writer) {
      const gains = ({ old, wanted }: Turn) => wanted.some(({ id }) => !old.some((rule) => rule.id === id));
      // A rule that was edited may stand in another cell by now: it comes there before it goes here.
      const order = [...turns.filter(gains), ...turns.filter((turn) => !gains(turn))];
      if (turns.some(gains)) writer.settle();
      step(writer, ({ old, wanted }) => [...old.filter((rule) => !vanishes(rule)), ...wanted], order);
    },
    undenyLast(writer) {
      const loses = ({ effect, id }: Mapping) => effect === 'deny' && !newIds.has(id);
      if (turns.some(({ old }) => old.some(loses))) writer.settle();
      step(writer, ({ wanted }) => wanted);
    },
  };
}

function turnsOf(standing: readonly Cell[], desired: readonly Cell[]): Turn[] {
  const turns = new Map<string, Turn>();
  for (const cell of standing) turns.set(placeOf(cell), { cell, old: cell.rules, wanted: [] });
  for (const cell of desired) {
    turns.set(placeOf(cell), { cell, old: turns.get(placeOf(cell))?.old ?? [], wanted: cell.rules });
  }
  return [...turns.values()];
}

function keyOf({ pk, sk }: Cell) {
  return { pk, sk };
}

function textOf(rules: readonly Mapping[]): string | undefined {
  const distinct = new Map(rules.map((rule) => [rule.id, rule]));
  return distinct.size === 0 ? undefined : encodeCell([...distinct.values()]);
}

/** The copies of a wide cell share this text: they change in one transaction, so that a caller never sees two states. */
function copiesOf({ pk, sk }: Wanted): string {
  return placeOf({ pk: pk.startsWith('W#') ? pk.slice(0, pk.lastIndexOf('#')) : pk, sk });
}
