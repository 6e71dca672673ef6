import { WaxsealError } from '../wire/errors.ts';
import { isJsonObject, type Json, own } from '../wire/strict-json.ts';

/** Tells whether a member's value is of a type. */
export type Is<T> = (value: unknown) => value is T;

/** Reads the members of one item of the catalog; everything that is not as told throws WaxsealError `store_unavailable`. */
export interface ItemReader {
  required<T>(member: string, is: Is<T>): T;
  optional<T>(member: string, is: Is<T>): T | undefined;
  /** Throws where the condition does not hold. */
  check(condition: boolean): void;
  /** Throws where the item has members that were not asked for: what they mean is unknown, so it cannot be left out. */
  end(): void;
}

/**
 * Opens an item of the catalog for reading.
 * @throws WaxsealError `store_unavailable` where it is no object
 */
export function readItem(json: Json): ItemReader {
  if (!isJsonObject(json)) throw unreadable();
  let read = 0;
  const optional = <T>(member: string, is: Is<T>): T | undefined => {
    const value = own(json, member);
    if (value === undefined) return undefined;
    if (!is(value)) throw unreadable();
    read++;
    return value;
  };
  return {
    optional,
    required(member, is) {
      const value = optional(member, is);
      if (value === undefined) throw unreadable();
      return value;
    },
    check(condition) {
      if (!condition) throw unreadable();
    },
    end() {
      if (Object.keys(json).length !== read) throw unreadable();
    },
  };
}

function unreadable(): WaxsealError {
  return new WaxsealError('store_unavailable', 'The catalog holds an entry that cannot be read.');
}
