import type { ClaimRule } from '../entries/mapping.ts';
import { isJsonObject, type Json, type JsonObject, own } from '../wire/strict-json.ts';
import { matchesGlob } from './glob.ts';

/**
 * Reports whether a claim follows a mapping's rule. An array in the token means any of its members, an array in the mapping any
 * of its values. Strings may be globs; numbers and booleans match exactly and never match a string that looks like them. An
 * absent claim, null, an object, and an array inside an array match nothing.
 * @param name a member of the claims, or a JSON pointer if it starts with `/`
 */
export function claimHolds(claims: JsonObject, name: string, rule: ClaimRule): boolean {
  const found = findClaim(claims, name);
  if (found === undefined) return false;
  if (!Array.isArray(found)) return follows(found, rule);
  return found.some((one) => follows(one, rule));
}

/** The value of a claim, or undefined. Own members only: `constructor` and `__proto__` are found only if the token has them. */
export function findClaim(claims: JsonObject, name: string): Json | undefined {
  if (!name.startsWith('/')) return own(claims, name);
  let value: Json | undefined = claims;
  for (const step of parsePointer(name) ?? ['']) {
    if (Array.isArray(value)) value = isIndex(step) ? value[Number(step)] : undefined;
    else value = isJsonObject(value) ? own(value, step) : undefined;
    if (value === undefined) return undefined;
  }
  return value;
}

function follows(found: Json, rule: ClaimRule): boolean {
  if (typeof rule === 'object') return rule.some((one) => follows(found, one));
  return typeof rule === 'string' && typeof found === 'string' ? matchesGlob(rule, found) : found === rule;
}

/** RFC 6901 section 4: digits without a leading zero. */
function isIndex(step: string): boolean {
  return /^(?:0|[1-9][0-9]{0,9})$/.test(step);
}

/** The steps of a JSON pointer; undefined if a `~` is followed by anything but 0 or 1 (RFC 6901 section 3). */
function parsePointer(pointer: string): string[] | undefined {
  if (/~(?![01])/.test(pointer)) return undefined;
  return pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}
