import { timingSafeEqual } from 'node:crypto';
import { fromBase64url } from '../wire/bytes.ts';
import { isErrorCode, REFUSALS, WaxsealError } from '../wire/errors.ts';
import { ERROR_TYP, type Operation, typOf } from '../wire/operations.ts';
import { isJsonObject, type JsonObject, own, parseStrictJson } from '../wire/strict-json.ts';
import { open } from '../xkey/box.ts';
import { parsePublicXkey, type XkeyPair } from '../xkey/keys.ts';
import { refusalInClear } from './clear-refusal.ts';
import type { Outcome } from './outcome.ts';
import type { SealedRequest } from './sealed-request.ts';
import type { RawAnswer } from './transport.ts';

/** An answer that nobody but the broker can have meant for this request gives no code of its own: nothing is concluded. */
const FORGED =
  'The answer does not belong to this request: something between changed it, or the pinned broker key is not this broker’s.';

/**
 * Reads the answer to a sealed request. Only a box that opens, is of the right type and direction, and names the hash of the
 * bytes that were sent is believed, be it a value or a refusal; the HTTP status is not. Whatever is in clear may have been
 * written by anybody between (see {@link refusalInClear}).
 */
export function readAnswer(raw: RawAnswer, request: SealedRequest, xkey: XkeyPair, operation: Operation): Outcome {
  const body = parseObject(raw.body);
  const requestId = body === undefined ? undefined : shownId(own(body, 'request_id'));
  const sender = body && own(body, 'sender');
  const sealed = body && own(body, 'sealed');
  if (typeof sender !== 'string' || typeof sealed !== 'string') return refusalInClear(raw, body, requestId);
  const envelope = openEnvelope(sender, sealed, xkey);
  const typ = envelope && own(envelope, 'typ');
  if (envelope === undefined || !namesRequest(own(envelope, 'request'), request.hash)) return forged(requestId);
  if (typ === typOf(operation)) return { envelope, requestId };
  return typ === ERROR_TYP ? sealedRefusal(envelope, raw.retryAfter, requestId) : forged(requestId);
}

/** A request id is not sealed, so only what looks like one is passed on to logs and terminals. */
export function shownId(id: unknown): string | undefined {
  return typeof id === 'string' && /^[A-Za-z0-9-]{1,64}$/.test(id) ? id : undefined;
}

/** A refusal that stands inside a sealed answer, as the error it was. */
export function errorFrom(refusal: unknown, requestId?: string, retryAfterHint?: number): WaxsealError {
  const code = isJsonObject(refusal) ? own(refusal, 'code') : undefined;
  const message = isJsonObject(refusal) ? own(refusal, 'message') : undefined;
  const seconds = isJsonObject(refusal) ? own(refusal, 'retry_after') : undefined;
  const pointer = isJsonObject(refusal) ? own(refusal, 'pointer') : undefined;
  const retryAfter = typeof seconds === 'number' ? seconds : retryAfterHint;
  const options = {
    ...(requestId === undefined ? {} : { requestId }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(typeof pointer === 'string' && /^(?:\/[A-Za-z0-9_*-]{1,32}){1,8}$/.test(pointer) ? { pointer } : {}),
  };
  if (!isErrorCode(code)) {
    return new WaxsealError(
      'internal_error',
      'The broker refused for a reason that this client does not know.',
      options,
    );
  }
  // The broker's texts are fixed and came sealed; anything that a terminal might obey is not one of them.
  const shown = typeof message === 'string' && /^[\x20-\x7e‘’“”–…]{1,300}$/.test(message);
  return new WaxsealError(code, shown ? message : REFUSALS[code].text, options);
}

function sealedRefusal(envelope: JsonObject, retryAfter: number | undefined, requestId: string | undefined): Outcome {
  const refusal = errorFrom(own(envelope, 'error'), requestId, retryAfter);
  return { refusal, remedy: refusal.status === 503 || refusal.status === 429 ? 'later' : 'none' };
}

function forged(requestId: string | undefined): Outcome {
  const refusal = new WaxsealError('store_unavailable', FORGED, requestId === undefined ? {} : { requestId });
  return { refusal, remedy: 'none' };
}

function openEnvelope(sender: string, sealed: string, xkey: XkeyPair): JsonObject | undefined {
  const box = fromBase64url(sealed);
  if (box === undefined) return undefined;
  try {
    return parseObject(open(box, parsePublicXkey(sender), xkey));
  } catch {
    return undefined;
  }
}

function parseObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    const value = parseStrictJson(bytes);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function namesRequest(named: unknown, hash: Uint8Array): boolean {
  const bytes = typeof named === 'string' ? fromBase64url(named) : undefined;
  return bytes !== undefined && bytes.length === hash.length && timingSafeEqual(bytes, hash);
}
