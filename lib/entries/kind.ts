import type { JsonObject } from '../wire/strict-json.ts';

/** What is wrong with a value as an operator wrote it, or with a part of it. */
export interface Misfit {
  /** Continues "expected …". */
  readonly expected: string;
  /** A rule that `expected` leaves out; pointless if the value is missing. */
  readonly detail?: string;
  /** What was written instead; undefined if the value is missing. */
  readonly found: unknown;
  /** Words that a slip may have meant. */
  readonly words?: readonly string[];
  /** The way to the part at fault: names and indexes. Absent: the value itself. */
  readonly path?: readonly (string | number)[];
  /** The name at the end of the path is at fault, not its value. */
  readonly ofName?: boolean;
}

/** Receives what is wrong, one misfit at a time. */
export type Report = (misfit: Misfit) => void;

/** Passes misfits on and remembers whether there were any. */
export interface Notes {
  readonly note: Report;
  /** For misfits of a part: adds the step that leads there to their paths. */
  within(step: string | number): Report;
  /** Whether nothing was noted so far. */
  isClean(): boolean;
}

/** Notes that go on to a report. */
export function notesFor(report: Report): Notes {
  let clean = true;
  const note: Report = (misfit) => {
    clean = false;
    report(misfit);
  };
  const within = (step: string | number) => (misfit: Misfit) =>
    note({ ...misfit, path: [step, ...(misfit.path ?? [])] });
  return { note, within, isClean: () => clean };
}

/** What the table may hold for a member. Wider than what may be written: an older or newer release may have checked it. */
export interface Stored<T> {
  is(value: unknown): value is T;
}

/** A kind of value, in both forms: as an operator writes it, and as entries and the table hold it. */
export interface Kind<T> extends Stored<T> {
  /** Continues "expected …". */
  readonly expected: string;
  readonly detail?: string;
  /** What a written value means; undefined if it is not of this kind, after reporting why. */
  read(written: unknown, report: Report): T | undefined;
  /** The JSON Schema of the written form. */
  schema(): JsonObject;
}

/** The words of a kind. */
export type Words = Pick<Misfit, 'expected' | 'detail' | 'words'>;

/** A kind whose values are right or wrong as a whole. `meaning` returns undefined if a value is wrong. */
export function kindOf<T>(
  words: Words,
  { is }: Stored<T>,
  meaning: (written: unknown) => T | undefined,
  schema: () => JsonObject,
): Kind<T> {
  return {
    ...words,
    is,
    schema,
    read(written, report) {
      const value = meaning(written);
      if (value === undefined) report({ ...words, found: written });
      return value;
    },
  };
}

/** A string that is not empty. */
export const someString: Stored<string> = { is: (value): value is string => typeof value === 'string' && value !== '' };
/** A whole number of 1 or more. */
export const count: Stored<number> = {
  is: (value): value is number => Number.isSafeInteger(value) && (value as number) > 0,
};
/** Whole seconds. */
const seconds: Stored<number> = { is: (value): value is number => Number.isSafeInteger(value) };

/** One value, always the same. */
export function literal<const T extends string | boolean>(only: T): Stored<T> {
  return { is: (value): value is T => value === only };
}

/** A string of at most so many characters that matches a pattern as a whole. */
export function stringOf(words: Words, longest: number, pattern: RegExp, also = (_: string) => true): Kind<string> {
  return kindOf(
    words,
    someString,
    (written) => {
      const fits = typeof written === 'string' && written.length <= longest && pattern.test(written) && also(written);
      return fits ? written : undefined;
    },
    () => ({ type: 'string', maxLength: longest, pattern: pattern.source }),
  );
}

/** No control characters or line ends, spelt out: `\p{Cc}` would cost each cold start of the function two milliseconds. */
export const LINE = /^(?!\s)[^\x00-\x1f\x7f-\x9f\u2028\u2029]*[^\s\x00-\x1f\x7f-\x9f\u2028\u2029]$/;

/** A string on one line, without white space at its ends. */
export function line(expected: string, longest: number, pattern: RegExp = LINE): Kind<string> {
  return stringOf({ expected, detail: `at most ${longest} characters on one line` }, longest, pattern);
}

/** One of a few words. */
export function oneOf<const T extends string>(...words: readonly T[]): Kind<T> {
  const quoted = words.map((word) => JSON.stringify(word));
  return kindOf(
    { expected: `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`, words },
    { is: (value): value is T => (words as readonly unknown[]).includes(value) },
    (written) => words.find((word) => word === written),
    () => ({ enum: [...words] }),
  );
}

/** `true` or `false`. */
export const flag: Kind<boolean> = kindOf(
  { expected: 'true or false' },
  { is: (value): value is boolean => typeof value === 'boolean' },
  (written) => (typeof written === 'boolean' ? written : undefined),
  () => ({ type: 'boolean' }),
);

/** A whole number in a range. */
export function numberFrom(least: number, most: number): Kind<number> {
  const fits = (written: unknown) =>
    Number.isInteger(written) && least <= (written as number) && (written as number) <= most;
  return kindOf(
    { expected: `a whole number from ${least} to ${most}` },
    count,
    (written) => (fits(written) ? (written as number) : undefined),
    () => ({ type: 'integer', minimum: least, maximum: most }),
  );
}

/** A list with at least one value, none twice. */
export function listOf<T>(member: Kind<T>): Kind<readonly T[]> {
  return {
    expected: 'a list',
    is: (value): value is readonly T[] => Array.isArray(value) && value.length > 0 && value.every(member.is),
    read(written, report) {
      if (!isFilledList(written, report)) return undefined;
      const { note, within, isClean } = notesFor(report);
      const values = written.map((one, at) => member.read(one, within(at)));
      if (!isClean()) return undefined;
      for (const [at, value] of values.entries()) {
        if (values.indexOf(value) !== at) note({ expected: 'each value only once', found: written[at], path: [at] });
      }
      return isClean() ? (values as T[]) : undefined;
    },
    schema: () => ({ type: 'array', minItems: 1, uniqueItems: true, items: member.schema() }),
  };
}

/** Returns whether a written value is a list with at least one member, and reports it if not. */
export function isFilledList(written: unknown, report: Report): written is unknown[] {
  if (!Array.isArray(written)) report({ expected: `a list${suchAs(written)}`, found: written });
  else if (written.length === 0) report({ expected: 'at least one value', found: written });
  else return true;
  return false;
}

/** How to write a single value as a list: ` such as [RS256]`. */
function suchAs(written: unknown): string {
  if (typeof written === 'number' || typeof written === 'boolean') return ` such as [${written}]`;
  if (typeof written !== 'string' || written.length > 60 || written === '') return '';
  // Quotes around all that YAML might not read as strings.
  const isPlain = /^[A-Za-z][\w.=/@-]*(?:, ?[A-Za-z][\w.=/@-]*)*$/.test(written);
  return ` such as [${isPlain ? written : JSON.stringify(written)}]`;
}

const UNITS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;
const DURATION = /^([1-9][0-9]{0,6})([smhd])$/;

/** A duration such as `90s`, `10m`, `1h` or `7d`; held as seconds. */
export const duration: Kind<number> = kindOf(
  { expected: 'a duration such as 30s, 10m, 1h or 7d' },
  seconds,
  (written) => {
    const [, number, unit] = DURATION.exec(typeof written === 'string' ? written : '') ?? [];
    return number === undefined ? undefined : Number(number) * UNITS[unit as keyof typeof UNITS];
  },
  () => ({ type: 'string', pattern: DURATION.source }),
);

const TIMESTAMP = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/**
 * A timestamp of RFC 3339 in whole seconds, with its zone; held as seconds since the epoch. The zone is required so that a
 * rule ends at the same moment on every machine.
 */
export const timestamp: Kind<number> = kindOf(
  { expected: 'a time with its zone, such as 2027-01-01T00:00:00Z' },
  seconds,
  timestampOf,
  () => ({ type: 'string', pattern: TIMESTAMP.source }),
);

/** Seconds since the epoch; undefined if the value is not a timestamp. */
export function timestampOf(written: unknown): number | undefined {
  const [, day, time, sign, hours, minutes] = TIMESTAMP.exec(typeof written === 'string' ? written : '') ?? [];
  const local = `${day}T${time}.000Z`;
  const parsed = new Date(local);
  // 30 February is parsed as 2 March: what does not come back as it went in is not a date.
  if (Number.isNaN(parsed.getTime()) || parsed.toISOString() !== local) return undefined;
  if (Number(hours ?? 0) > 23 || Number(minutes ?? 0) > 59) return undefined;
  const zone = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * (sign === '-' ? -60 : 60);
  return parsed.getTime() / 1000 - zone;
}
