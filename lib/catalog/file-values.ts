import { z } from 'zod';

/**
 * A value that is read by hand: the reader gives what it means, or undefined where it is not as expected. The fault then says
 * `expected` and what was found. Used in place of unions and refinements, whose faults do not tell what to write.
 * @param expected continues "expected …"
 * @param suggest values that a slip may have meant
 */
export function value<T>(expected: string, read: (input: unknown) => T | undefined, suggest: readonly string[] = []) {
  return z.unknown().transform((input, context): T => {
    const meaning = read(input);
    if (meaning !== undefined) return meaning;
    context.issues.push({ code: 'custom', message: expected, input, params: { suggest } });
    return z.NEVER;
  });
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
export function listOf<T extends z.ZodType>(member: T) {
  return z
    .array(member)
    .min(1)
    .superRefine((list, context) => {
      const seen = new Set<unknown>();
      for (const [at, one] of list.entries()) {
        if (seen.has(one)) context.addIssue({ code: 'custom', message: 'each value once', input: one, path: [at] });
        seen.add(one);
      }
    });
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
  if (typeof input === 'object') return 'an object';
  if (typeof input !== 'string') return String(input);
  return JSON.stringify(input.length > 60 ? `${input.slice(0, 57)}…` : input);
}
