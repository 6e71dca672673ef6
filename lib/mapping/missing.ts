import type { Mapping } from '../entries/mapping.ts';
import type { Access, Missing } from './access.ts';
import { claimIsMet, isInForce, speaksOfField, speaksOfVersion } from './conditions.ts';

/**
 * What keeps allow mappings, which speak of the access's issuer, subject and secret, from allowing: everything that is
 * unmet in any of them, each once, in an order that does not depend on theirs.
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
  if (mapping.fields !== undefined && !speaksOfField(mapping, access)) yield { kind: 'field' };
  if (mapping.versions !== undefined && !speaksOfVersion(mapping, access)) yield { kind: 'version' };
  if (!isInForce(mapping, access)) yield { kind: 'time' };
  for (const binding of mapping.require ?? []) {
    if (!access.bindings.has(binding)) yield { kind: 'binding', binding };
  }
}
