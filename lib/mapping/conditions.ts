import type { Mapping } from '../entries/mapping.ts';
import { matchesSecret } from '../entries/secret-pattern.ts';
import type { Access, Missing } from './access.ts';
import { claimHolds } from './claim-rules.ts';
import { matchesGlob } from './glob.ts';

/** Whether a mapping is about this issuer, secret and subject at all. Cheapest first; issuers must be equal. */
export function concerns(mapping: Mapping, { caller, secret }: Access): boolean {
  return (
    mapping.issuer === caller.issuer.issuer &&
    matchesSecret(mapping.secret, secret) &&
    matchesGlob(mapping.subject, caller.subject)
  );
}

/** Whether a mapping counts at this time: `not_before` is its first second, `expires_at` the first that is too late. */
export function isInForce({ notBefore, expiresAt }: Mapping, { now }: Access): boolean {
  return (notBefore === undefined || notBefore <= now) && (expiresAt === undefined || now < expiresAt);
}

/** Whether a mapping lists `fields` and the field is one of them. */
export function namesField({ fields }: Mapping, { field }: Access): boolean {
  return fields !== undefined && field !== undefined && fields.includes(field);
}

/** Whether a mapping lists `versions` and any name of the version is one of them. */
export function namesVersion({ versions }: Mapping, { version }: Access): boolean {
  return versions?.some((name) => version.names.includes(name)) ?? false;
}

/** Whether the request meets every demand of the mapping itself. The issuer's demands are checked before the decision. */
export function isBound({ require }: Mapping, { bindings }: Access): boolean {
  return require?.every((binding) => bindings.has(binding)) ?? true;
}

/** The name of the first claim that breaks the mapping's rule for it; undefined if none does. */
export function unmetClaim(mapping: Mapping, access: Access): string | undefined {
  return mapping.claims && Object.keys(mapping.claims).find((name) => !claimIsMet(mapping, name, access));
}

/** Whether the claim of that name follows the mapping's rule for it. */
function claimIsMet({ claims }: Mapping, name: string, { caller }: Access): boolean {
  return claimHolds(caller.claims, name, claims![name]!);
}

/**
 * What keeps allow mappings from allowing, although their issuer, subject and secret match: everything that is unmet in any of
 * them, each once, in an order that does not depend on theirs.
 */
export function explain(mappings: readonly Mapping[], access: Access): Missing[] {
  const found = new Map<string, Missing>();
  for (const mapping of mappings) {
    for (const missing of unmet(mapping, access)) found.set(JSON.stringify(missing), missing);
  }
  return [...found.keys()].sort().map((key) => found.get(key)!);
}

function* unmet(mapping: Mapping, access: Access): Generator<Missing> {
  for (const claim of Object.keys(mapping.claims ?? {})) {
    if (!claimIsMet(mapping, claim, access)) yield { kind: 'claim', claim };
  }
  if (mapping.fields !== undefined && !namesField(mapping, access)) yield { kind: 'field' };
  if (mapping.versions !== undefined && !namesVersion(mapping, access)) yield { kind: 'version' };
  if (!isInForce(mapping, access)) yield { kind: 'time' };
  for (const binding of mapping.require ?? []) {
    if (!access.bindings.has(binding)) yield { kind: 'binding', binding };
  }
}
