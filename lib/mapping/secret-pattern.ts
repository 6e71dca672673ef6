import { isName, MAX_NAME_LENGTH } from '../wire/names.ts';

/** What a mapping's `secret` says: one name, or every name that starts with `prefix` (which ends in `/`). */
export type SecretPattern = { readonly name: string } | { readonly prefix: string };

/** Tells whether a mapping's `secret` speaks of many names. It looks at the ending only: {@link parsePattern} checks the rest. */
export function isPattern(secret: string): boolean {
  return secret.endsWith('/*');
}

/**
 * Reads a mapping's `secret`: a name, or a name followed by `/*`, which stands for every name below it, at any depth (not for
 * the name itself). `*` has no other place, so a pattern always starts with a literal segment and is always a prefix: nobody
 * can grant across teams by mistake, and `list` finds the names of a pattern with one range of the index.
 * @returns undefined where the text is neither
 */
export function parsePattern(secret: string): SecretPattern | undefined {
  if (isName(secret)) return { name: secret };
  if (!isPattern(secret) || secret.length > MAX_NAME_LENGTH || !isName(secret.slice(0, -2))) return undefined;
  return { prefix: secret.slice(0, -1) };
}

/** Tells whether a mapping's `secret` (a name or a pattern, checked when it was read) covers a name. */
export function matchesSecret(secret: string, name: string): boolean {
  return isPattern(secret) ? name.length >= secret.length && name.startsWith(secret.slice(0, -1)) : secret === name;
}
