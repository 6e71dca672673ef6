import type { z } from 'zod';
import { didYouMean, type Fault, type Path, pathText } from './file-fault.ts';
import type { Source } from './file-source.ts';
import { found } from './file-values.ts';

type Issue = z.core.$ZodIssue;

/** Collects faults with their places. */
export interface FaultList {
  /** A fault of the value at a path; `message` starts with "expected". */
  add(path: Path, message: string): void;
  /** A fault of the name of the member at a path. */
  addKey(path: Path, message: string): void;
  /** A member whose name is none of the names that can stand there. */
  addUnknown(path: Path, name: string, names: readonly string[]): void;
  /** What a schema found wrong with the value at a path; `members` are the names that the entry may have. */
  addIssues(path: Path, issues: readonly Issue[], members: readonly string[]): void;
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

  function addIssue(path: Path, issue: Issue, members: readonly string[]): void {
    const place = [...path, ...(issue.path as (string | number)[])];
    if (issue.code === 'unrecognized_keys') {
      const names = issue.path.length === 0 ? members : ['keys'];
      for (const key of issue.keys) addUnknown([...place, key], key, names);
    } else if (issue.code === 'invalid_key') addKey(place, `expected ${issue.issues[0]?.message}`);
    else add(place, `expected ${expectation(issue)}`);
  }

  return {
    faults,
    add,
    addKey,
    addUnknown,
    addIssues(path, issues, members) {
      for (const issue of issues) addIssue(path, issue, members);
    },
  };
}

const KINDS: Readonly<Record<string, string>> = { array: 'a list', object: 'an object', record: 'an object' };

function expectation(issue: Issue): string {
  const input = issue.input === undefined ? ', but it is missing' : `, found ${found(issue.input)}`;
  if (issue.code === 'too_small') return 'at least one member, found an empty list';
  if (issue.code === 'too_big') return `at most ${issue.maximum} members`;
  if (issue.code === 'invalid_type') return (KINDS[issue.expected] ?? issue.expected) + input;
  const suggest = issue.code === 'custom' ? (issue.params?.suggest as string[] | undefined) : undefined;
  return issue.message + input + didYouMean(issue.input, suggest ?? []);
}
