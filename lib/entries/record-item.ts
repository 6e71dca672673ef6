import { isJsonObject, type Json, type JsonObject, own } from '../wire/strict-json.ts';
import { type ItemReader, readItem } from './item-reader.ts';
import type { Revision, SecretRecord } from './secret.ts';

/** What stands at the place of a secret's record. */
export interface RecordItem {
  readonly secret: string;
  /** Undefined: the secret was taken out of the catalog, and only its last number is kept. */
  readonly record?: SecretRecord;
  /** The catalog's file registered the secret, so it goes when it leaves the file. */
  readonly managed: boolean;
  /** The highest number that a revision of this name ever had; 0 where none had one. Never used again. */
  readonly highest: number;
}

/** The record as it stands in the table. */
export function recordItemToJson({ secret, record, managed, highest }: RecordItem): JsonObject {
  return {
    secret,
    ...(managed ? { managed: 'file' } : {}),
    ...(highest > 0 ? { highest } : {}),
    ...(record === undefined ? { gone: true } : placeToJson(record)),
  };
}

function placeToJson({ store, ref, revisions, current, previous }: SecretRecord): JsonObject {
  return {
    store,
    ref,
    revisions: revisions.map(({ number, id }) => ({ number, id })),
    ...(current === undefined ? {} : { current }),
    ...(previous === undefined ? {} : { previous }),
  };
}

/** Reads what stands at a record's place. @throws WaxsealError `store_unavailable` where it is anything else */
export function recordItemFromJson(json: Json): RecordItem {
  const item = readItem(json);
  const secret = item.required('secret', isText);
  const managed = item.optional('managed', (value): value is 'file' => value === 'file') !== undefined;
  const stated = item.optional('highest', isNumber) ?? 0;
  const gone = item.optional('gone', (value): value is true => value === true) ?? false;
  const record = gone ? undefined : readRecord(item, secret);
  item.end();
  const highest = Math.max(stated, ...(record?.revisions ?? []).map(({ number }) => number));
  return { secret, ...(record === undefined ? {} : { record }), managed, highest };
}

function readRecord(item: ItemReader, secret: string): SecretRecord {
  const current = item.optional('current', isNumber);
  const previous = item.optional('previous', isNumber);
  return {
    secret,
    store: item.required('store', isText),
    ref: item.required('ref', isText),
    revisions: item.required('revisions', isRevisions),
    ...(current === undefined ? {} : { current }),
    ...(previous === undefined ? {} : { previous }),
  };
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isNumber = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
const isRevisions = (value: unknown): value is Revision[] => Array.isArray(value) && value.every(isRevision);
const isRevision = (value: unknown): value is Revision =>
  isJsonObject(value) && isNumber(own(value, 'number')) && isText(own(value, 'id')) && Object.keys(value).length === 2;
