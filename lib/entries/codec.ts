import { WaxsealError } from '../wire/errors.ts';
import { isJsonObject, type Json, type JsonObject, own } from '../wire/strict-json.ts';
import { type EntryOf, fallbackOf, type Members, propertyOf } from './member.ts';

/** Entries of one kind as the catalog's table stores them: the names of catalog.yaml, times in seconds. */
export interface Codec<T> {
  /** Members that are undefined are left out, and so are defaults if their declaration says so. */
  toJson(entry: T): JsonObject;
  /**
   * Reads an entry. Strict: a member that is missing, unknown or of another type must never be passed over, for it may be
   * what makes a rule a deny, or a condition that a newer release wrote.
   * @throws WaxsealError `store_unavailable` if the JSON is anything else
   */
  fromJson(json: Json): T;
}

/** The codec of entries with these members. */
export function codecOf<M extends Members>(members: M): Codec<EntryOf<M>> {
  const fields = Object.entries(members).map(([name, member]) => ({
    name,
    property: propertyOf(name, member),
    is: member.stored.is,
    required: member.held === 'required' && !member.omitted,
    unless: member.unless,
    omitted: member.omitted ? fallbackOf(member) : undefined,
  }));
  return {
    toJson(entry) {
      const json: JsonObject = {};
      for (const { name, property, omitted } of fields) {
        const value = (entry as Record<string, unknown>)[property];
        if (value !== undefined && !isSame(value, omitted)) json[name] = value as Json;
      }
      return json;
    },

    fromJson(json) {
      if (!isJsonObject(json)) throw unreadable();
      const entry: Record<string, unknown> = {};
      let read = 0;
      for (const { name, property, is, required, unless, omitted } of fields) {
        const value = own(json, name);
        if (value === undefined) {
          if (required || (unless !== undefined && own(json, unless[0]) !== unless[1])) throw unreadable();
          if (omitted !== undefined) entry[property] = omitted;
          continue;
        }
        if (!is(value) || isSame(value, omitted)) throw unreadable();
        entry[property] = value;
        read++;
      }
      if (Object.keys(json).length !== read) throw unreadable();
      return entry as EntryOf<M>;
    },
  };
}

/** Compares a value with a default that is left out: a word, or the empty list. */
function isSame(value: unknown, omitted: unknown): boolean {
  if (Array.isArray(omitted)) return Array.isArray(value) && value.length === 0;
  return omitted !== undefined && value === omitted;
}

/** The refusal of an item that is not as it must be. */
export function unreadable(): WaxsealError {
  return new WaxsealError('store_unavailable', 'The catalog holds an entry that cannot be read.');
}
