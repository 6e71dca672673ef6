import { compact } from '../wire/compact.ts';
import { type ErrorCode, isErrorCode, REFUSALS, WaxsealError } from '../wire/errors.ts';
import { isJsonObject, type JsonObject, own } from '../wire/strict-json.ts';
import type { RawAnswer } from './transport.ts';

/** What to do about a refusal: nothing, ask again later, or ask with another pin. */
export type Remedy = 'none' | 'later' | 'next-pin';

/** The outcome of one request: a verified envelope, or a refusal. */
export type Reply =
  | { readonly envelope: JsonObject; readonly requestId: string | undefined }
  | { readonly refusal: WaxsealError; readonly remedy: Remedy };

/**
 * Refusals that a broker can only send in clear, because they stop it from opening the request. They say something about the
 * request or the broker, nothing about a secret, so believing a forged one costs no more than a failed request.
 */
const BEFORE_OPENING: Partial<Record<ErrorCode, Remedy>> = {
  invalid_request: 'none',
  invalid_recipient: 'none',
  unknown_broker_key: 'next-pin',
  method_not_allowed: 'none',
  too_large: 'none',
  rate_limited: 'later',
  internal_error: 'none',
  store_unavailable: 'later',
  audit_unavailable: 'later',
};

/** Statuses of gateways, and of Lambda itself, that usually pass. */
const PASSING = new Set([408, 429, 500, 502, 503, 504]);

/**
 * What an answer in clear amounts to. Anyone in between may have written it, so it never says that something does not exist or
 * is not allowed: every code that a broker would have sealed becomes `store_unavailable`, and so does anything that is not
 * problem JSON (Lambda's own 413, 429, 502, 504, a proxy's page). The texts are ours, never the answer's.
 */
export function refusalInClear(raw: RawAnswer, body: JsonObject | undefined, requestId: string | undefined): Reply {
  const options = { requestId, retryAfter: raw.retryAfter };
  const code = body === undefined ? undefined : own(body, 'code');
  if (isErrorCode(code)) {
    const remedy = BEFORE_OPENING[code];
    const refusal = new WaxsealError(code, undefined, options);
    if (remedy !== undefined && refusal.status === raw.status) return { refusal, remedy };
  }
  if (PASSING.has(raw.status)) {
    const text = 'The broker, or a gateway in front of it, cannot answer at the moment.';
    return { refusal: new WaxsealError('store_unavailable', text, options), remedy: 'later' };
  }
  const text = 'The answer is not sealed, so it proves nothing. Check the URL, and what is between you and the broker.';
  return { refusal: new WaxsealError('store_unavailable', text, options), remedy: 'none' };
}

/** A refusal from inside a sealed answer, as the error it was. `retryAfter` in seconds, if the refusal has none of its own. */
export function errorFrom(refusal: unknown, requestId?: string, retryAfter?: number): WaxsealError {
  const member = (name: string) => (isJsonObject(refusal) ? own(refusal, name) : undefined);
  const [code, message, seconds, pointer] = ['code', 'message', 'retry_after', 'pointer'].map(member);
  const options = compact({
    requestId,
    retryAfter: typeof seconds === 'number' ? seconds : retryAfter,
    pointer: typeof pointer === 'string' && /^(?:\/[A-Za-z0-9_*-]{1,32}){1,8}$/.test(pointer) ? pointer : undefined,
  });
  if (!isErrorCode(code)) {
    const text = 'The broker refused for a reason that this version of the client does not know.';
    return new WaxsealError('internal_error', text, options);
  }
  // The broker's texts are fixed and came sealed; one with anything that a terminal might obey is not among them.
  const shown = typeof message === 'string' && /^[\x20-\x7e‘’“”–…]{1,300}$/.test(message);
  return new WaxsealError(code, shown ? message : REFUSALS[code].text, options);
}
