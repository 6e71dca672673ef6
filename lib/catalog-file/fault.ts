import type { Position } from '../entries/catalog-entries.ts';
import type { Misfit } from '../entries/kind.ts';
import type { Path, Source } from './source.ts';

/** What is wrong, and at which place. `path` names the member (`mappings[0].effect`), empty for the file as a whole. */
export interface Fault extends Position {
  readonly path: string;
  /** What was expected and what was found, in words. */
  readonly message: string;
}

/** A fault or warning as one line: `catalog.yaml:12:5 mappings[0].effect: expected "allow" or "deny", found "alow"`. */
export function formatFault(fault: Fault, fileName: string): string {
  const path = fault.path === '' ? '' : `${fault.path}: `;
  return `${fileName}:${fault.line}:${fault.column} ${path}${fault.message}`;
}

/** A path in words: `mappings[0].claims["a b"]`. */
export function pathText(path: Path): string {
  return path.map((step, at) => (typeof step === 'number' ? `[${step}]` : memberText(step, at > 0))).join('');
}

function memberText(name: string, inner: boolean): string {
  if (!/^[A-Za-z_][\w-]*$/.test(name)) return `[${JSON.stringify(name)}]`;
  return inner ? `.${name}` : name;
}

/** Collects faults with their places. */
export interface FaultList {
  /** A misfit of the value at a path, or of a part of it. */
  add(path: Path, misfit: Misfit): void;
  /** A fault of the value at a path, in words that start with "expected". */
  addText(path: Path, message: string): void;
  /** A fault of the name at the end of a path, in such words. */
  addNameText(path: Path, message: string): void;
  /** A name that is not allowed there. */
  addUnknown(path: Path, names: readonly string[]): void;
  readonly faults: Fault[];
}

/** An empty list of faults in a file. */
export function faultList(source: Source): FaultList {
  const faults: Fault[] = [];
  const addText = (path: Path, message: string) =>
    void faults.push({ ...source.position(path), path: pathText(path), message });
  const addNameText = (path: Path, message: string) =>
    void faults.push({ ...source.keyPosition(path), path: pathText(path), message });
  const add = (path: Path, misfit: Misfit) =>
    (misfit.ofName ? addNameText : addText)([...path, ...(misfit.path ?? [])], messageOf(misfit));
  return {
    faults,
    add,
    addText,
    addNameText,
    addUnknown: (path, names) =>
      add(path, { expected: `one of ${names.join(', ')}`, found: path.at(-1), words: names, ofName: true }),
  };
}

function messageOf({ expected, detail, found: value, words = [] }: Misfit): string {
  if (value === undefined) return `expected ${expected}, but it is missing`;
  const rule = detail === undefined ? '' : ` (${detail})`;
  return `expected ${expected}${rule}, found ${found(value)}${didYouMean(value, words)}`;
}

/** A value as a fault shows it: short, on one line, without the password that a URL may contain. */
export function found(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty map' : 'a map';
  if (typeof value !== 'string') return String(value);
  // Before it is cut, or a long password would lose the @ that it is recognised by.
  const shown = value.replace(/(\/\/[^\s/:@]*):\S*@/, '$1:…@');
  return JSON.stringify(shown.length > 60 ? `${shown.slice(0, 57)}…` : shown);
}

/** ` (did you mean "allow"?)` if one of the candidates is a slip or two away from the text; otherwise nothing. */
export function didYouMean(text: unknown, candidates: Iterable<string>): string {
  if (typeof text !== 'string') return '';
  let best: string | undefined;
  let least = text.length <= 4 ? 2 : 3;
  for (const candidate of candidates) {
    const slips = Math.abs(candidate.length - text.length) < least ? distance(text, candidate) : least;
    if (slips < least) [best, least] = [candidate, slips];
  }
  return best === undefined ? '' : ` (did you mean ${JSON.stringify(best)}?)`;
}

/** Edit distance in which swapping two neighbours is one slip (optimal string alignment). */
function distance(one: string, other: string): number {
  let before: number[] = [];
  let above = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let row = 1; row <= one.length; row++) {
    const line = [row];
    for (let at = 1; at <= other.length; at++) {
      const same = one[row - 1] === other[at - 1];
      let least = Math.min(above[at]! + 1, line[at - 1]! + 1, above[at - 1]! + (same ? 0 : 1));
      if (row > 1 && at > 1 && one[row - 1] === other[at - 2] && one[row - 2] === other[at - 1]) {
        least = Math.min(least, before[at - 2]! + 1);
      }
      line.push(least);
    }
    [before, above] = [above, line];
  }
  return above[other.length]!;
}
