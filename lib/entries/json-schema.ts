import { compact } from '../wire/compact.ts';
import type { Json, JsonObject } from '../wire/strict-json.ts';
import { fallbackOf, type Members } from './member.ts';

/**
 * The JSON Schema (draft 2020-12) of an entry as an operator or an admin interface writes it. It covers what JSON Schema can
 * say about the shape of one entry. What several entries mean together, and whether a URL or a key is a good one, is checked
 * elsewhere.
 */
export function entrySchema(members: Members): JsonObject {
  const written = Object.entries(members).filter(([, member]) => member.written !== undefined);
  const properties = written.map(([name, member]): [string, JsonObject] => {
    const fallback = typeof member.fallback === 'function' ? undefined : fallbackOf(member);
    const schema = member.written!.schema();
    return [name, fallback === undefined ? schema : { ...schema, default: fallback as Json }];
  });
  const conditions = written.flatMap(([name, { unless }]): JsonObject[] => {
    if (unless === undefined) return [];
    const [other, value] = unless;
    return [{ anyOf: [{ required: [name] }, { required: [other], properties: { [other]: { const: value } } }] }];
  });
  const needed = written.filter(([, { meant, fallback }]) => meant === 'required' && fallback === undefined);
  return compact({
    type: 'object',
    properties: Object.fromEntries(properties),
    required: needed.map(([name]) => name),
    additionalProperties: false,
    allOf: conditions.length > 0 ? conditions : undefined,
  }) as JsonObject;
}
