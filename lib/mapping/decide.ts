import type { Mapping } from '../entries/mapping.ts';
import type { Access, Decision } from './access.ts';
import { concerns, explain, isBound, isInForce, namesField, namesVersion, unmetClaim } from './conditions.ts';

/**
 * Decides whether a caller may read a secret. Any enforced deny that overlaps the access wins; otherwise any enforced allow
 * that holds in full; otherwise the answer is no. Pure: time and everything else come with the access. The order of the
 * mappings does not matter: of several that decide alike, the one with the lowest id is named.
 * @param mappings may include rules for other callers and secrets, which are skipped
 */
export function decide(mappings: readonly Mapping[], access: Access): Decision {
  let deny: string | undefined;
  let allow: string | undefined;
  const shadowed: Mapping[] = [];
  const unmet: Mapping[] = [];
  for (const mapping of mappings) {
    if (!concerns(mapping, access)) continue;
    const holds = mapping.effect === 'allow' ? allows(mapping, access) : denies(mapping, access);
    if (mapping.mode === 'shadow') {
      if (holds) shadowed.push(mapping);
    } else if (mapping.effect !== 'allow') {
      if (holds) deny = lower(deny, mapping.id);
    } else if (holds) allow = lower(allow, mapping.id);
    else unmet.push(mapping);
  }
  if (deny !== undefined) return { allowed: false, mapping: deny, missing: [], shadow: [] };
  if (allow !== undefined) return { allowed: true, mapping: allow, shadow: ids(shadowed, 'deny') };
  return {
    allowed: false,
    mapping: undefined,
    missing: explain(unmet, access),
    shadow: ids(shadowed, 'allow'),
  };
}

/** How much of one secret a caller may read. */
export interface Readable {
  /** The whole secret, and thus every field. */
  readonly whole: boolean;
  /** Fields that mappings name and grant, sorted; empty if the whole is granted. */
  readonly fields: readonly string[];
  /** Without the whole: whether fields that no mapping names are granted, which is so if a deny names only some fields. */
  readonly otherFields: boolean;
}

/** How much of the secret the caller may read, by the same decision as for a get. Ignores the access's field. */
export function readable(mappings: readonly Mapping[], access: Access): Readable {
  const { field: _, ...whole } = access;
  if (decide(mappings, whole).allowed) return { whole: true, fields: [], otherFields: false };
  const named = new Set(mappings.flatMap((mapping) => (mapping.effect === 'allow' ? (mapping.fields ?? []) : [])));
  const granted = (field: string) => decide(mappings, { ...whole, field }).allowed;
  // No mapping can name the empty field, so it represents all fields that none names.
  return { whole: false, fields: [...named].filter(granted).sort(), otherFields: granted('') };
}

/** An allow must hold in every part. */
function allows(mapping: Mapping, access: Access): boolean {
  return (
    isInForce(mapping, access) &&
    (mapping.fields === undefined || namesField(mapping, access)) &&
    (mapping.versions === undefined || namesVersion(mapping, access)) &&
    isBound(mapping, access) &&
    unmetClaim(mapping, access) === undefined
  );
}

/**
 * A deny wins on any overlap: the whole secret includes the denied field, and a version whose names are not all known may be
 * the denied one. A `require` is ignored: the file refuses it on a deny, and it must not weaken a deny from elsewhere.
 */
function denies(mapping: Mapping, access: Access): boolean {
  return (
    isInForce(mapping, access) &&
    (mapping.fields === undefined || access.field === undefined || namesField(mapping, access)) &&
    (mapping.versions === undefined || !access.version.complete || namesVersion(mapping, access)) &&
    unmetClaim(mapping, access) === undefined
  );
}

function lower(one: string | undefined, other: string): string {
  return one === undefined || other < one ? other : one;
}

function ids(mappings: readonly Mapping[], effect: Mapping['effect']): readonly string[] {
  return mappings
    .filter((mapping) => mapping.effect === effect)
    .map((mapping) => mapping.id)
    .sort();
}
