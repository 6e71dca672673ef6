import { fromBase64url } from '../wire/bytes.ts';
import { type ErrorCode, isErrorCode, WaxsealError } from '../wire/errors.ts';
import { SecretValue } from '../wire/secret-value.ts';
import { isJsonObject, type Json, type JsonObject, own } from '../wire/strict-json.ts';
import { errorFrom } from './answer.ts';
import type { Verified } from './call.ts';
import { Secret, type Unchanged } from './secret.ts';

/** What the broker was asked for, as far as its answer must repeat it. */
export interface Asked {
  readonly secret: string;
  readonly field?: string | undefined;
}

/** One secret that the caller may read. */
export interface ListedSecret {
  readonly name: string;
  /** Revision number, a store's own id, or `current` where versions are not numbered. */
  readonly version: string | number;
  /** Only these fields are granted, not the whole; undefined where the whole is. */
  readonly fields: readonly string[] | undefined;
}

/** One page of a list; `next` where there is more. */
export interface SecretPage {
  readonly secrets: readonly ListedSecret[];
  readonly next: string | undefined;
}

/** Whether a get would be allowed; where not, what a mapping that fits the workload still misses. */
export type Permission =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly code: ErrorCode; readonly missing: readonly MissingPart[] };

/** A condition that is not met, for example `{ kind: 'claim', claim: 'environment' }` or `{ kind: 'binding', binding: 'proof' }`. */
export interface MissingPart {
  readonly kind: string;
  readonly claim?: string;
  readonly binding?: string;
}

/** Reads the answer to a get. @throws WaxsealError `internal_error` where the broker's answer is not of a shape we know */
export function readValue(envelope: JsonObject, asked: Asked): Secret | Unchanged {
  const version = own(envelope, 'version');
  if (own(envelope, 'secret') !== asked.secret || own(envelope, 'field') !== asked.field) throw unknownShape();
  if (typeof version !== 'string' && typeof version !== 'number') throw unknownShape();
  const facts = {
    name: asked.secret,
    version,
    field: asked.field,
    refreshAfter: readDate(own(envelope, 'refresh_after')),
  };
  if (own(envelope, 'unchanged') === true) return { ...facts, unchanged: true };
  return new Secret(facts, readPlaintext(own(envelope, 'string'), own(envelope, 'binary')));
}

/** Reads the answer to a batch: a value or a refusal for each that was asked, in order. */
export function readBatch(
  { envelope, requestId }: Verified,
  asked: readonly Asked[],
): (Secret | Unchanged | WaxsealError)[] {
  const entries = own(envelope, 'secrets');
  if (!Array.isArray(entries) || entries.length !== asked.length) throw unknownShape();
  return entries.map((entry, index) => {
    if (!isJsonObject(entry) || own(entry, 'secret') !== asked[index]!.secret) throw unknownShape();
    const refusal = own(entry, 'error');
    return refusal === undefined ? readValue(entry, asked[index]!) : errorFrom(refusal, requestId);
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
  const name = own(entry, 'secret');
  const version = own(entry, 'version');
  const fields = own(entry, 'fields');
  if (typeof name !== 'string' || (typeof version !== 'string' && typeof version !== 'number')) throw unknownShape();
  if (fields !== undefined && !(Array.isArray(fields) && fields.every((field) => typeof field === 'string')))
    throw unknownShape();
  return { name, version, fields: fields as string[] | undefined };
}

function readMissing(part: JsonObject): MissingPart {
  const claim = own(part, 'claim');
  const binding = own(part, 'binding');
  return {
    kind: String(own(part, 'kind')),
    ...(typeof claim === 'string' ? { claim } : {}),
    ...(typeof binding === 'string' ? { binding } : {}),
  };
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
    'The broker’s answer is not of a shape that this client knows. Update the client.',
  );
}
