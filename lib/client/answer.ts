import { timingSafeEqual } from 'node:crypto';
import { fromBase64url } from '../wire/bytes.ts';
import { WaxsealError } from '../wire/errors.ts';
import { ERROR_TYP, type Operation, typOf } from '../wire/operations.ts';
import { isJsonObject, type JsonObject, own, parseStrictJson } from '../wire/strict-json.ts';
import { open } from '../xkey/box.ts';
import { parsePublicXkey, type XkeyPair } from '../xkey/keys.ts';
import { errorFrom, type Reply, refusalInClear } from './reply.ts';
import type { SealedRequest } from './sealed-request.ts';
import type { RawAnswer } from './transport.ts';

/** An answer not proven to come from the broker, for this very request, is ignored, its error code included. */
const FORGED =
  'The answer does not belong to this request: it was changed on the way, or the pinned key is not this broker’s.';

/**
 * Reads the answer to a sealed request. It believes only a box that opens, has the right type and direction, and names the hash
 * of the bytes that were sent, whether it holds a value or a refusal; it does not believe the HTTP status. Anyone in between may
 * have written whatever is in clear (see {@link refusalInClear}).
 */
export function readAnswer(raw: RawAnswer, request: SealedRequest, xkey: XkeyPair, operation: Operation): Reply {
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

/** A request id is not sealed, so only what looks like one may reach logs and terminals. */
function shownId(id: unknown): string | undefined {
  return typeof id === 'string' && /^[A-Za-z0-9-]{1,64}$/.test(id) ? id : undefined;
}

function sealedRefusal(envelope: JsonObject, retryAfter: number | undefined, requestId: string | undefined): Reply {
  const refusal = errorFrom(own(envelope, 'error'), requestId, retryAfter);
  return { refusal, remedy: refusal.status === 503 || refusal.status === 429 ? 'later' : 'none' };
}

function forged(requestId: string | undefined): Reply {
  const refusal = new WaxsealError('store_unavailable', FORGED, { requestId });
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
