import { createHash } from 'node:crypto';
import { type IssuerContent, issuerToJson, type TrustedIssuer } from './issuer.ts';
import { type Mapping, type MappingContent, mappingToJson } from './mapping.ts';

/**
 * Gives a rule its id: `m_` and 16 base64url characters (96 bits) of the SHA-256 of its content. Order and repetition in
 * `fields`, `versions`, `require` and claims' values mean nothing, so they do not count: the same rule has the same id in
 * every catalog, and a changed rule has another, which is what the audit record relies on.
 */
export function identifyMapping(content: MappingContent): Mapping {
  const { id: _, ...json } = mappingToJson({ ...content, id: '' });
  return { ...content, id: `m_${digest(asSets(json))}` };
}

/**
 * Gives an issuer's entry its fingerprint: 16 base64url characters of the SHA-256 of its content. Tokens verified under
 * another fingerprint are verified again.
 */
export function identifyIssuer(content: IssuerContent): TrustedIssuer {
  const { revision: _, ...json } = issuerToJson({ ...content, fingerprint: '' });
  return { ...content, fingerprint: digest(json) };
}

function digest(content: unknown): string {
  return createHash('sha256').update(canonical(content)).digest('base64url').slice(0, 16);
}

/** JSON with members in order of their names, so that one content has one spelling. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join()}}`;
}

/** Every array in a mapping is a set: each member once, in order. */
function asSets(value: unknown): unknown {
  if (Array.isArray(value)) {
    const texts = [...new Set(value.map(canonical))].sort();
    return texts.map((text) => JSON.parse(text));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, asSets(member)]));
}
