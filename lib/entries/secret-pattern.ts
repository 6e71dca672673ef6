import { MAX_NAME_LENGTH, NAME_PATTERN } from '../wire/names.ts';
import { stringOf } from './kind.ts';

/**
 * What a mapping's `secret` may be: a name, or a name followed by `/*`, which covers every name below it, at any
 * depth (not the name itself). `*` has no other place, so a pattern always starts with a literal segment and is always a
 * prefix: nobody can grant across teams by mistake, and `list` finds the names of a pattern with one range of the index.
 */
export const secretPattern = stringOf(
  { expected: 'a secret name, or one followed by /* for every name below it' },
  MAX_NAME_LENGTH,
  new RegExp(NAME_PATTERN.source.replace(/\$$/, String.raw`(?:/\*)?$`)),
);

/** Reports whether a mapping's `secret`, which was checked when it was read, is a pattern and not a name. */
export function isPattern(secret: string): boolean {
  return secret.endsWith('/*');
}

/** Reports whether a mapping's `secret` (a name or a pattern, checked when it was read) covers a name. */
export function matchesSecret(secret: string, name: string): boolean {
  return isPattern(secret) ? name.length >= secret.length && name.startsWith(secret.slice(0, -1)) : secret === name;
}
