import { type Kind, notesFor, type Report, type Stored } from './kind.ts';

/** Whether a member is there: always, perhaps, or not at all. */
type Presence = 'required' | 'optional' | 'never';

/** A default: a value, or worked out from the members that were written (by their names in code). */
type Fallback<T> = T | ((written: Readonly<Record<string, unknown>>) => T | undefined);

/**
 * One member of a kind of catalog entry. Everything about it is derived from here: its type, how it is written, how it is
 * stored, and its JSON Schema. Make members with the functions below.
 */
export interface Member<T = unknown, Held extends Presence = Presence, Meant extends Presence = Presence> {
  /** Whether a complete entry, and thus the table, holds it. */
  readonly held: Held;
  /** Whether it is there once a written entry is read, with its defaults. */
  readonly meant: Meant;
  readonly stored: Stored<T>;
  /** How it is written; absent if nobody writes it. */
  readonly written?: Kind<T>;
  readonly fallback?: Fallback<T>;
  /** The default is left out of the table. */
  readonly omitted?: boolean;
  /** Required unless this other member has this value. */
  readonly unless?: readonly [member: string, value: string];
  /** Its name in code, if that is not its stored name in camel case. */
  readonly property?: string;
}

/** The members of a kind of entry, by the names under which they are written and stored, in that order. */
export type Members = Readonly<Record<string, Member>>;

/** A member that must be written. */
export function required<T>(kind: Kind<T>): Member<T, 'required', 'required'> {
  return { held: 'required', meant: 'required', stored: kind, written: kind };
}

/** A member that must be written unless another one has a value. */
export function requiredUnless<T>(member: string, value: string, kind: Kind<T>): Member<T, 'optional', 'optional'> {
  return { held: 'optional', meant: 'optional', stored: kind, written: kind, unless: [member, value] };
}

/** A member that may be left out. */
export function optional<T>(kind: Kind<T>): Member<T, 'optional', 'optional'> {
  return { held: 'optional', meant: 'optional', stored: kind, written: kind };
}

/** A member with a default, which is stored like any other value. */
export function withDefault<T>(kind: Kind<T>, fallback: Fallback<NoInfer<T>>): Member<T, 'required', 'required'> {
  return { held: 'required', meant: 'required', stored: kind, written: kind, fallback };
}

/** A member with a default that is left out of the table, where space is short. */
export function withOmittedDefault<T>(kind: Kind<T>, fallback: NoInfer<T>): Member<T, 'required', 'required'> {
  return { held: 'required', meant: 'required', stored: kind, written: kind, fallback, omitted: true };
}

/** A member that may be left out and is filled in later, since its default depends on other entries. */
export function filledInLater<T>(kind: Kind<T>): Member<T, 'required', 'optional'> {
  return { held: 'required', meant: 'optional', stored: kind, written: kind };
}

/** A member that is not written but follows from what is. */
export function inferred<T>(stored: Stored<T>, fallback: Fallback<NoInfer<T>>): Member<T, 'optional', 'optional'> {
  return { held: 'optional', meant: 'optional', stored, fallback };
}

/** A member that the table always holds and nobody writes. */
export function kept<T>(stored: Stored<T>): Member<T, 'required', 'never'> {
  return { held: 'required', meant: 'never', stored };
}

/** A member that the table may hold and nobody writes. */
export function perhapsKept<T>(stored: Stored<T>): Member<T, 'optional', 'never'> {
  return { held: 'optional', meant: 'never', stored };
}

/** The member under another name in code. */
export function named<const P extends string, M extends Member>(property: P, member: M): M & { readonly property: P } {
  return { ...member, property };
}

type CamelCase<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : S;
type PropertyOf<K extends string, M> = M extends { readonly property: infer P extends string } ? P : CamelCase<K>;
type ValueOf<M> = M extends Member<infer T> ? T : never;
type With<M extends Members, Form extends 'held' | 'meant', P extends Presence> = {
  readonly [K in keyof M & string as M[K][Form] extends P ? PropertyOf<K, M[K]> : never]: ValueOf<M[K]>;
};
type FormOf<M extends Members, Form extends 'held' | 'meant'> = With<M, Form, 'required'> &
  Partial<With<M, Form, 'optional'>>;
type Flat<T> = { [K in keyof T]: T[K] };

/** A complete entry, as code and the table hold it. */
export type EntryOf<M extends Members> = Flat<FormOf<M, 'held'>>;

/** What a written entry means, with its defaults; without what is worked out from the whole of it, or from other entries. */
export type ContentOf<M extends Members> = Flat<FormOf<M, 'meant'>>;

/** A member's name in code: `maxTokenAge` for `max_token_age`. */
export function propertyOf(name: string, { property }: Member): string {
  const [head = '', ...tail] = name.split('_');
  return property ?? head + tail.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

/** A member's default, given what was written (by names in code). */
export function fallbackOf({ fallback }: Member, written: Readonly<Record<string, unknown>> = {}): unknown {
  return typeof fallback === 'function' ? (fallback as (members: typeof written) => unknown)(written) : fallback;
}

/** Reads an entry as an operator writes it, and fills in defaults. Undefined if anything is wrong, after reporting all of it. */
export function readEntry<M extends Members>(
  members: M,
  raw: Readonly<Record<string, unknown>>,
  report: Report,
): ContentOf<M> | undefined {
  const { note, within, isClean } = notesFor(report);
  const names = Object.keys(members).filter((name) => members[name]!.written !== undefined);
  for (const name of Object.keys(raw)) {
    if (names.includes(name)) continue;
    note({ expected: `one of ${names.join(', ')}`, found: name, words: names, path: [name], ofName: true });
  }
  const written: Record<string, unknown> = {};
  for (const name of names) {
    const member = members[name]!;
    const { expected } = member.written!;
    const value = Object.hasOwn(raw, name) ? raw[name] : undefined;
    if (value !== undefined) {
      written[propertyOf(name, member)] = member.written!.read(value, within(name));
    } else if (isMissing(member, raw)) note({ expected, found: undefined, path: [name] });
  }
  return isClean() ? (fillIn(members, written) as ContentOf<M>) : undefined;
}

/** Whether a member that was left out must not be. */
export function isMissing({ meant, fallback, unless }: Member, entry: Readonly<Record<string, unknown>>): boolean {
  if (unless !== undefined) return entry[unless[0]] !== unless[1];
  return meant === 'required' && fallback === undefined;
}

function fillIn(members: Members, written: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const content: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(members)) {
    const property = propertyOf(name, member);
    const value = written[property] ?? fallbackOf(member, written);
    if (value !== undefined) content[property] = value;
  }
  return content;
}
