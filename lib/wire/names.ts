/**
 * The one grammar of secret names: segments of ASCII letters, digits and `. _ - : @`, joined by `/`, at most 256 characters
 * in all. ASCII only, so there is one spelling of each name and nothing to normalise; `.` and `..` are no segments, so a name
 * stays a name even where a store turns it into a path.
 */
const SEGMENT = String.raw`(?!\.{1,2}(?:/|$))[A-Za-z0-9._:@-]+`;

/** Matches exactly the texts that are names of secrets. Linear: no two alternatives start alike. */
export const NAME_PATTERN = new RegExp(`^(?=.{1,256}$)${SEGMENT}(?:/${SEGMENT})*$`);

/** The longest name, in characters. */
export const MAX_NAME_LENGTH = 256;

/** Tells whether a text is the name of a secret (not a pattern). */
export function isName(text: string): boolean {
  return text.length <= MAX_NAME_LENGTH && NAME_PATTERN.test(text);
}

/** The first segment of a name or of a pattern: `payments` of `payments/stripe`. */
export function firstSegment(name: string): string {
  const end = name.indexOf('/');
  return end === -1 ? name : name.slice(0, end);
}
