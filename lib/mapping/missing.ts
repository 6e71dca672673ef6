import type { Mapping } from '../entries/mapping.ts';
import { claimIsMet, isInForce, speaksOfField, speaksOfVersion } from './conditions.ts';
import type { Missing, Question } from './question.ts';

/**
 * What keeps allow mappings, which speak of the question's issuer, subject and secret, from allowing: everything that is
 * unmet in any of them, each once, in an order that does not depend on theirs.
 */
export function explain(mappings: readonly Mapping[], question: Question): Missing[] {
  const found = new Map<string, Missing>();
  for (const mapping of mappings) {
    for (const missing of unmet(mapping, question)) found.set(JSON.stringify(missing), missing);
  }
  return [...found.keys()].sort().map((key) => found.get(key)!);
}

function* unmet(mapping: Mapping, question: Question): Generator<Missing> {
  for (const claim of Object.keys(mapping.claims ?? {})) {
    if (!claimIsMet(mapping, claim, question)) yield { kind: 'claim', claim };
  }
  if (mapping.fields !== undefined && !speaksOfField(mapping, question)) yield { kind: 'field' };
  if (mapping.versions !== undefined && !speaksOfVersion(mapping, question)) yield { kind: 'version' };
  if (!isInForce(mapping, question)) yield { kind: 'time' };
  for (const binding of mapping.require ?? []) {
    if (!question.bindings.has(binding)) yield { kind: 'binding', binding };
  }
}
