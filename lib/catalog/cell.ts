import { LRUCache } from 'lru-cache';
import { codecOf } from '../entries/codec.ts';
import { type Mapping, mappingFromJson, mappingToJson } from '../entries/mapping.ts';
import { kept } from '../entries/member.ts';
import { WaxsealError } from '../wire/errors.ts';
import type { Json } from '../wire/strict-json.ts';

/** The most bytes of JSON that a cell may hold: a get reads up to six cells for each name. */
export const MAX_CELL_BYTES = 16 * 1024;

/** Characters of JSON that are kept decoded. */
const KEPT_CHARACTERS = 4 * 1024 * 1024;

const codec = codecOf({ mappings: kept({ is: (value): value is Json[] => Array.isArray(value) }) });

/** A cell as it is stored: allow, deny and shadow rules together, in order of their ids. */
export function encodeCell(mappings: readonly Mapping[]): string {
  const sorted = [...mappings].sort((one, other) => (one.id < other.id ? -1 : 1));
  return JSON.stringify(codec.toJson({ mappings: sorted.map(mappingToJson) }));
}

/** Reads a cell. @throws WaxsealError `store_unavailable` if one of its rules cannot be read: it may be the deny */
export function decodeCell(text: string): readonly Mapping[] {
  return codec.fromJson(parseItem(text)).mappings.map(mappingFromJson);
}

/** A decoder that remembers its latest results by the whole stored string, so that changed content is always decoded. */
export function rememberDecoded<T extends object>(decode: (text: string) => T): (text: string) => T {
  const known = new LRUCache<string, T>({
    maxSize: KEPT_CHARACTERS,
    sizeCalculation: (_, text) => text.length,
  });
  return (text) => {
    const held = known.get(text);
    if (held !== undefined) return held;
    const decoded = decode(text);
    known.set(text, decoded);
    return decoded;
  };
}

/** Parses an item's content. @throws WaxsealError `store_unavailable` if it is not JSON */
export function parseItem(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new WaxsealError('store_unavailable', 'The catalog holds an entry that cannot be read.');
  }
}
