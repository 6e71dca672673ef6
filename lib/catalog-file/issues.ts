import type * as v from 'valibot';
import { didYouMean, type Fault, type Path, pathText } from './fault.ts';
import type { Source } from './source.ts';
import { found } from './values.ts';

type Issue = v.BaseIssue<unknown>;

/** Collects faults with their places. */
export interface FaultList {
  /** A fault of the value at a path; `message` starts with "expected". */
  add(path: Path, message: string): void;
  /** A fault of the name of the member at a path. */
  addKey(path: Path, message: string): void;
  /** A member whose name is none of the names that can stand there. */
  addUnknown(path: Path, name: string, names: readonly string[]): void;
  /** What a schema found wrong with the value at a path, or in it. */
  addIssues(path: Path, issues: readonly Issue[]): void;
  readonly faults: Fault[];
}

/** A list of faults in a file. */
export function faultList(source: Source): FaultList {
  const faults: Fault[] = [];
  const add = (path: Path, message: string) =>
    void faults.push({ ...source.position(path), path: pathText(path), message });
  const addKey = (path: Path, message: string) =>
    void faults.push({ ...source.keyPosition(path), path: pathText(path), message });

  const addUnknown = (path: Path, name: string, names: readonly string[]) =>
    addKey(path, `expected ${names.join(', ')}, found ${found(name)}${didYouMean(name, names)}`);

  function addIssue(path: Path, { path: items = [] as never, message }: Issue): void {
    const place = [...path, ...items.map(({ key }) => key as string | number)];
    const last = items.at(-1);
    if (last?.origin === 'key' && last.value !== undefined) addKey(place, message);
    else add(place, message);
  }

  return {
    faults,
    add,
    addKey,
    addUnknown,
    addIssues(path, issues) {
      for (const issue of issues) addIssue(path, issue);
    },
  };
}
