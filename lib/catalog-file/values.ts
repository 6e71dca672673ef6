import * as v from 'valibot';
import { isJsonObject } from '../wire/strict-json.ts';
import { didYouMean } from './fault.ts';

/*
 * Parts of schemas whose faults tell what to write. The message of each is whole: `expected …, found …`.
 */

/**
 * A value that is read by hand: the reader gives what it means, or undefined where it is not as expected. Used in place of
 * unions and refinements, whose faults do not tell what to write.
 * @param expected continues "expected …"
 * @param suggest values that a slip may have meant
 */
export function value<T>(expected: string, read: (input: unknown) => T | undefined, suggest: readonly string[] = []) {
  return v.pipe(
    v.unknown(),
    v.rawTransform<unknown, T>(({ dataset: { value: input }, addIssue, NEVER }) => {
      const meaning = read(input);
      if (meaning !== undefined) return meaning;
      addIssue({ message: instead(expected, input) + didYouMean(input, suggest) });
      return NEVER;
    }),
  );
}

/** One of a few words. */
export function oneOf<const T extends string>(words: readonly T[]) {
  const quoted = words.map((word) => JSON.stringify(word));
  const expected = quoted.length === 1 ? quoted[0]! : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
  return value(expected, (input) => words.find((word) => word === input), words);
}

/** A text that passes a test. */
export function text(expected: string, test: (input: string) => boolean) {
  return value(expected, (input) => (typeof input === 'string' && test(input) ? input : undefined));
}

/** `true` or `false`. */
export const flag = value('true or false', (input) => (typeof input === 'boolean' ? input : undefined));

/** A list with at least one member, none twice. */
export function listOf<T extends v.GenericSchema>(member: T) {
  return v.pipe(
    filledList(member),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const input = dataset.value;
      for (const [key, value] of input.entries()) {
        if (input.indexOf(value) === key) continue;
        const path = { type: 'array', origin: 'value', input, key, value } as const;
        addIssue({ message: instead('each value once', value), path: [path] });
      }
    }),
  );
}

/** A list with at least one member. */
export function filledList<T extends v.GenericSchema>(member: T) {
  return v.pipe(
    v.array(member, ({ input }) => instead(`a list${suchAs(input)}`, input)),
    v.minLength(1, 'expected at least one member, found an empty list'),
  );
}

/** A map with names that pass a test, and values of one kind. Nothing of it is passed over, whatever its name. */
export function tableOf<T extends v.GenericSchema>(expected: string, fits: (name: string) => boolean, member: T) {
  return v.pipe(
    v.unknown(),
    v.rawTransform<unknown, { [name: string]: v.InferOutput<T> }>(({ dataset: { value: input }, addIssue, NEVER }) => {
      if (!isJsonObject(input)) {
        addIssue({ message: instead('a map such as { environment: production }', input) });
        return NEVER;
      }
      const entries = Object.entries(input).map(([key, value]): [string, v.InferOutput<T>] => {
        const item = { type: 'object', input, key, value } as const;
        if (!fits(key)) addIssue({ message: `expected ${expected}`, path: [{ ...item, origin: 'key' }] });
        const read = v.safeParse(member, value);
        for (const { message } of read.issues ?? []) addIssue({ message, path: [{ ...item, origin: 'value' }] });
        return [key, read.output];
      });
      return Object.fromEntries(entries);
    }),
  );
}

/** How the one value that stands in a list's place makes a list: ` such as [RS256]`. */
function suchAs(input: unknown): string {
  if (typeof input === 'number' || typeof input === 'boolean') return ` such as [${input}]`;
  if (typeof input !== 'string' || input.length > 60 || input === '') return '';
  // What YAML might read as anything but texts gets quotes.
  return ` such as [${/^[A-Za-z][\w.=/@-]*(?:, ?[A-Za-z][\w.=/@-]*)*$/.test(input) ? input : JSON.stringify(input)}]`;
}

const UNITS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** A duration such as `90s`, `10m`, `1h` or `7d`; read as seconds. */
export const duration = value('a duration such as 30s, 10m, 1h or 7d', (input) => {
  const [, count, unit] = /^([1-9][0-9]{0,6})([smhd])$/.exec(typeof input === 'string' ? input : '') ?? [];
  return count === undefined ? undefined : Number(count) * UNITS[unit as keyof typeof UNITS];
});

const TIMESTAMP = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/**
 * A timestamp of RFC 3339 in whole seconds, with its zone; read as seconds since the epoch. A zone is demanded because a rule
 * must not end at another hour on another machine.
 */
export const timestamp = value('a time such as 2027-01-01T00:00:00Z, with its zone', timestampOf);

/** Seconds since the epoch; undefined where the input is no timestamp. */
export function timestampOf(input: unknown): number | undefined {
  const [, day, time, sign, hours, minutes] = TIMESTAMP.exec(typeof input === 'string' ? input : '') ?? [];
  const local = `${day}T${time}.000Z`;
  const parsed = new Date(local);
  // 30 February is read as 2 March: what does not come back as it went in is no date.
  if (Number.isNaN(parsed.getTime()) || parsed.toISOString() !== local) return undefined;
  if (Number(hours ?? 0) > 23 || Number(minutes ?? 0) > 59) return undefined;
  const zone = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * (sign === '-' ? -60 : 60);
  return parsed.getTime() / 1000 - zone;
}

/** The value as a fault shows it: short, on one line. */
export function found(input: unknown): string {
  if (input === null) return 'nothing';
  if (Array.isArray(input)) return 'a list';
  if (typeof input === 'object') return 'a map';
  if (typeof input !== 'string') return String(input);
  return JSON.stringify(input.length > 60 ? `${input.slice(0, 57)}…` : input);
}

/** The words for a value that is not as expected. */
export function instead(expected: string, input: unknown): string {
  return `expected ${expected}, ${input === undefined ? 'but it is missing' : `found ${found(input)}`}`;
}
