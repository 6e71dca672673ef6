import type { JSONWebKeySet } from 'jose';
import { isJsonObject, own } from '../wire/strict-json.ts';
import { isFilledList, type Kind, notesFor } from './kind.ts';

const MOST_KEYS = 64;

/** A JWK Set (RFC 7517). Whether each key is fit to verify an issuer's tokens is checked together with the issuer's entry. */
export const keySet: Kind<JSONWebKeySet> = {
  expected: 'a map with keys',
  is: (value): value is JSONWebKeySet =>
    isJsonObject(value) && Array.isArray(value.keys) && value.keys.length > 0 && value.keys.every(isJsonObject),
  read(written, report) {
    if (!isJsonObject(written)) {
      report({ expected: 'a map with keys', found: written });
      return undefined;
    }
    const { note, within, isClean } = notesFor(report);
    for (const name of Object.keys(written)) {
      if (name !== 'keys') note({ expected: 'keys', found: name, words: ['keys'], path: [name], ofName: true });
    }
    const keys = own(written, 'keys');
    const ofKeys = within('keys');
    if (keys === undefined) ofKeys({ expected: 'a list', found: undefined });
    else if (isFilledList(keys, ofKeys) && keys.length > MOST_KEYS) {
      ofKeys({ expected: `at most ${MOST_KEYS} keys`, found: keys.length });
    }
    return isClean() ? (written as unknown as JSONWebKeySet) : undefined;
  },
  schema: () => ({
    type: 'object',
    properties: { keys: { type: 'array', minItems: 1, maxItems: MOST_KEYS, items: { type: 'object' } } },
    required: ['keys'],
    additionalProperties: false,
  }),
};
