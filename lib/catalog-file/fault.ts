import type { Position } from '../entries/catalog-entries.ts';

/** What is wrong, and where. `path` names the member (`mappings[0].effect`), empty for the file as a whole. */
export interface Fault extends Position {
  readonly path: string;
  /** What was expected and what was found, in words. */
  readonly message: string;
}

/** The way to a member: names and indexes from the top. */
export type Path = readonly (string | number)[];

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

/** ` (did you mean "allow"?)` where one of the candidates is a slip or two away from the text; otherwise nothing. */
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
