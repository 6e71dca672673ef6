import { fromBase64url } from '../wire/bytes.ts';
import { compact } from '../wire/compact.ts';
import { type ErrorCode, isErrorCode, WaxsealError } from '../wire/errors.ts';
import { SecretValue } from '../wire/secret-value.ts';
import { isJsonObject, type Json, type JsonObject, own } from '../wire/strict-json.ts';
import type { Verified } from './call.ts';
import { errorFrom } from './reply.ts';
import { Secret, type Unchanged } from './secret.ts';

/** One secret that the broker was asked for, as far as its answer must repeat it. */
export interface Want {
  readonly secret: string;
  readonly field?: string | undefined;
}

/** One secret that the caller may read. */
export interface ListedSecret {
  /** Its name. */
  readonly secret: string;
  /** Revision number, a store's own id, or `current` if versions are not numbered. */
  readonly version: string | number;
  /** The only fields that may be read; undefined if the whole may be. */
  readonly fields: readonly string[] | undefined;
}

/** One page of a list; `next` if there are more. */
export interface SecretPage {
  readonly secrets: readonly ListedSecret[];
  readonly next: string | undefined;
}

/** Whether a get would be allowed; if not, what is missing for the mappings that fit the workload. */
export type Permission =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly code: ErrorCode; readonly missing: readonly MissingPart[] };

/** A condition that is not met, for example `{ kind: 'claim', claim: 'environment' }` or `{ kind: 'binding', binding: 'proof' }`. */
export interface MissingPart {
  readonly kind: string;
  readonly claim?: string;
  readonly binding?: string;
}

/** Reads the answer to a get. @throws WaxsealError `internal_error` if the answer's shape is unknown */
export function readValue(envelope: JsonObject, want: Want): Secret | Unchanged {
  const version = own(envelope, 'version');
  if (own(envelope, 'secret') !== want.secret || own(envelope, 'field') !== want.field) throw unknownShape();
  if (typeof version !== 'string' && typeof version !== 'number') throw unknownShape();
  const facts = {
    secret: want.secret,
    version,
    field: want.field,
    refreshAfter: readDate(own(envelope, 'refresh_after')),
  };
  if (own(envelope, 'unchanged') === true) return { ...facts, unchanged: true };
  return new Secret(facts, readPlaintext(own(envelope, 'string'), own(envelope, 'binary')));
}

/** Reads the answer to a batch: a value or a refusal for each want, in order. */
export function readBatch(
  { envelope, requestId }: Verified,
  wants: readonly Want[],
): (Secret | Unchanged | WaxsealError)[] {
  const entries = own(envelope, 'secrets');
  if (!Array.isArray(entries) || entries.length !== wants.length) throw unknownShape();
  return entries.map((entry, index) => {
    if (!isJsonObject(entry) || own(entry, 'secret') !== wants[index]!.secret) throw unknownShape();
    const refusal = own(entry, 'error');
    return refusal === undefined ? readValue(entry, wants[index]!) : errorFrom(refusal, requestId);
  });
}

/** Reads the answer to a list. */
export function readPage(envelope: JsonObject): SecretPage {
  const entries = own(envelope, 'secrets');
  const next = own(envelope, 'next');
  if (!Array.isArray(entries) || (next !== undefined && typeof next !== 'string')) throw unknownShape();
  return { secrets: entries.map(readListed), next };
}

/** Reads the answer to can-i. */
export function readPermission(envelope: JsonObject): Permission {
  const allowed = own(envelope, 'allowed');
  if (allowed === true) return { allowed };
  const code = own(envelope, 'code');
  const missing = own(envelope, 'missing') ?? [];
  if (allowed !== false || !isErrorCode(code) || !Array.isArray(missing)) throw unknownShape();
  return { allowed, code, missing: missing.filter(isJsonObject).map(readMissing) };
}

function readListed(entry: Json): ListedSecret {
  if (!isJsonObject(entry)) throw unknownShape();
  const secret = own(entry, 'secret');
  const version = own(entry, 'version');
  const fields = own(entry, 'fields');
  if (typeof secret !== 'string' || (typeof version !== 'string' && typeof version !== 'number')) throw unknownShape();
  if (fields !== undefined && !(Array.isArray(fields) && fields.every((field) => typeof field === 'string')))
    throw unknownShape();
  return { secret, version, fields: fields as string[] | undefined };
}

function readMissing(part: JsonObject): MissingPart {
  const claim = own(part, 'claim');
  const binding = own(part, 'binding');
  return compact({
    kind: String(own(part, 'kind')),
    claim: typeof claim === 'string' ? claim : undefined,
    binding: typeof binding === 'string' ? binding : undefined,
  });
}

function readPlaintext(text: Json | undefined, binary: Json | undefined): SecretValue {
  if (typeof text === 'string' && binary === undefined) return new SecretValue(text);
  const bytes = typeof binary === 'string' && text === undefined ? fromBase64url(binary) : undefined;
  if (bytes === undefined) throw unknownShape();
  return new SecretValue(bytes);
}

function readDate(text: Json | undefined): Date | undefined {
  const date = typeof text === 'string' ? new Date(text) : undefined;
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date;
}

function unknownShape(): WaxsealError {
  return new WaxsealError(
    'internal_error',
    'This version of the client does not understand the broker’s answer. Update the client.',
  );
}
