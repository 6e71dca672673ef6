import type { Mapping } from '../entries/mapping.ts';
import { matchesSecret } from '../entries/secret-pattern.ts';
import type { Access } from './access.ts';
import { claimHolds } from './claim-rules.ts';
import { matchesGlob } from './glob.ts';

/** Whether a mapping speaks of this issuer, secret and subject at all. Cheapest first; issuers are compared to the letter. */
export function concerns(mapping: Mapping, { caller, secret }: Access): boolean {
  return (
    mapping.issuer === caller.issuer.issuer &&
    matchesSecret(mapping.secret, secret) &&
    matchesGlob(mapping.subject, caller.subject)
  );
}

/** Whether a mapping counts at that time: `not_before` is its first second, `expires_at` the first that is too late. */
export function isInForce({ notBefore, expiresAt }: Mapping, { now }: Access): boolean {
  return (notBefore === undefined || notBefore <= now) && (expiresAt === undefined || now < expiresAt);
}

/** Whether a mapping has `fields` and the access's field is one of them. */
export function speaksOfField({ fields }: Mapping, { field }: Access): boolean {
  return fields !== undefined && field !== undefined && fields.includes(field);
}

/** Whether a mapping has `versions` and any name of the access's version is one of them. */
export function speaksOfVersion({ versions }: Mapping, { version }: Access): boolean {
  return versions?.some((name) => version.names.includes(name)) ?? false;
}

/** Whether the request meets every demand of the mapping itself. The issuer's demands are checked before the decision. */
export function isBound({ require }: Mapping, { bindings }: Access): boolean {
  return require?.every((binding) => bindings.has(binding)) ?? true;
}

/** The first claim that is not as the mapping wants it; undefined where all are. */
export function unmetClaim(mapping: Mapping, access: Access): string | undefined {
  return mapping.claims && Object.keys(mapping.claims).find((name) => !claimIsMet(mapping, name, access));
}

/** Whether the mapping's claim of that name is as wanted. */
export function claimIsMet({ claims }: Mapping, name: string, { caller }: Access): boolean {
  return claimHolds(caller.claims, name, claims![name]!);
}
