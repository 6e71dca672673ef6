import { compact } from '../wire/compact.ts';
import { MAX_NAME_LENGTH, NAME_PATTERN } from '../wire/names.ts';
import { isJsonObject, type Json, type JsonObject, own } from '../wire/strict-json.ts';
import { codecOf } from './codec.ts';
import { count, line, literal, someString, stringOf } from './kind.ts';
import { type ContentOf, type EntryOf, filledInLater, kept, type Members, perhapsKept, required } from './member.ts';
import { storeName } from './store.ts';

/** One numbered version of a secret. */
export interface Revision {
  /** 1, 2, 3 …: never used again, not after delete, re-create or restore. */
  readonly number: number;
  /** The store's own id of this version. */
  readonly id: string;
}

const revisions = {
  is: (value: unknown): value is readonly Revision[] => Array.isArray(value) && value.every(isRevision),
};

function isRevision(value: unknown): value is Revision {
  if (!isJsonObject(value) || Object.keys(value).length !== 2) return false;
  return count.is(own(value, 'number')) && someString.is(own(value, 'id'));
}

/** Secrets: where each is, and which versions it has. Never its value. */
export const SECRET = {
  secret: required(
    stringOf(
      {
        expected: 'a secret name',
        detail: 'letters, digits and . _ - : @ in segments joined by /, at most 256 characters',
      },
      MAX_NAME_LENGTH,
      NAME_PATTERN,
    ),
  ),
  /** The catalog's file registered the secret, so it goes when it leaves the file. */
  managed: perhapsKept(literal('file')),
  /** The highest number that a revision of this name ever had. Never used again. */
  highest: perhapsKept(count),
  /** The secret was taken out of the catalog, and only its highest number is kept. */
  gone: perhapsKept(literal(true)),
  /** Name of the store's entry. Not written: the default store. */
  store: filledInLater(storeName),
  /** The secret's place in that store. */
  ref: required(line("the secret's place in its store", 2048)),
  /** Newest last. Empty: the store's own version ids are shown. */
  revisions: kept(revisions),
  /** Number of the current revision, if numbered. */
  current: perhapsKept(count),
  /** Number of the previous revision, if numbered and readable. */
  previous: perhapsKept(count),
} satisfies Members;

/** A secret that exists already, and where, as an operator writes it. Without `store`: the default one. */
export interface SecretEntry extends ContentOf<typeof SECRET> {}

/** The catalog's record of a secret: where it is and which versions it has. */
export type SecretRecord = Omit<EntryOf<typeof SECRET>, 'managed' | 'highest' | 'gone'>;

/** What the table stores under a secret's name. */
export interface RecordItem {
  readonly secret: string;
  /** Undefined: the secret was taken out of the catalog. */
  readonly record?: SecretRecord;
  readonly managed: boolean;
  /** 0 if no revision was ever numbered. */
  readonly highest: number;
}

const { secret, managed, highest, gone, ...place } = SECRET;
const liveCodec = codecOf({ secret, managed, highest, ...place });
const goneCodec = codecOf({ secret, managed, highest, gone });

/** The record as the table stores it. */
export function recordItemToJson({ secret, record, managed, highest }: RecordItem): JsonObject {
  const kept = compact({
    secret,
    managed: managed ? ('file' as const) : undefined,
    highest: highest > 0 ? highest : undefined,
  });
  return record === undefined ? goneCodec.toJson({ ...kept, gone: true }) : liveCodec.toJson({ ...record, ...kept });
}

/** Reads what the table stores under a secret's name. @throws WaxsealError `store_unavailable` if it is anything else */
export function recordItemFromJson(json: Json): RecordItem {
  if (isJsonObject(json) && Object.hasOwn(json, 'gone')) {
    const { secret, managed, highest = 0 } = goneCodec.fromJson(json);
    return { secret, managed: managed !== undefined, highest };
  }
  const { managed, highest = 0, ...record } = liveCodec.fromJson(json);
  const numbers = record.revisions.map(({ number }) => number);
  return { secret: record.secret, record, managed: managed !== undefined, highest: Math.max(highest, ...numbers) };
}
