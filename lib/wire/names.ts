/**
 * The one grammar of secret names: segments of ASCII letters, digits and `. _ - : @`, joined by `/`, at most 256 characters
 * in all. Names are ASCII only, so each has one spelling and there is nothing to normalise. `.` and `..` are not valid segments,
 * so a name stays a name even if a store turns it into a path.
 */
const SEGMENT = String.raw`(?!\.{1,2}(?:/|$))[A-Za-z0-9._:@-]+`;

/** Matches exactly the strings that are names of secrets. Linear: no two alternatives start alike. */
export const NAME_PATTERN = new RegExp(`^(?=.{1,256}$)${SEGMENT}(?:/${SEGMENT})*$`);

/** The longest name, in characters. */
export const MAX_NAME_LENGTH = 256;

/** Whether a string is the name of a secret (not a pattern). */
export function isName(text: string): boolean {
  return text.length <= MAX_NAME_LENGTH && NAME_PATTERN.test(text);
}

/** The first segment of a name or of a pattern: `payments` of `payments/stripe`. */
export function firstSegment(name: string): string {
  const end = name.indexOf('/');
  return end === -1 ? name : name.slice(0, end);
}

/**
 * Matches aliases and stores' own ids: what a version is if it is not a number. The one grammar of versions, which requests,
 * references and mappings share, so that a mapping cannot name a version that no request can ask for.
 */
export const VERSION_ID_PATTERN = /^[A-Za-z0-9._-]{1,128}$/;

/** A version as people type it: digits are a revision number, anything else an alias or a store's own id. */
export function parseVersion(text: string): string | number {
  return /^[1-9][0-9]{0,14}$/.test(text) ? Number(text) : text;
}
