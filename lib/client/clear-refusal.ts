import { type ErrorCode, isErrorCode, WaxsealError } from '../wire/errors.ts';
import { type JsonObject, own } from '../wire/strict-json.ts';
import type { Outcome, Remedy } from './outcome.ts';
import type { RawAnswer } from './transport.ts';

/**
 * Refusals that a broker can only give in clear, since they stop it from opening the request. They say something about the
 * request or the broker, nothing about a secret, so believing a forged one costs no more than a failed request.
 */
const BEFORE_OPENING: Partial<Record<ErrorCode, Remedy>> = {
  invalid_request: 'none',
  invalid_recipient: 'none',
  unknown_broker_key: 'next-pin',
  too_large: 'none',
  rate_limited: 'later',
  internal_error: 'none',
  store_unavailable: 'later',
  audit_unavailable: 'later',
};

/** Statuses of gateways, and of Lambda itself, that pass. */
const PASSING = new Set([408, 429, 500, 502, 503, 504]);

/**
 * What an answer in clear amounts to. Anybody between can have written it, so it never says that something does not exist or
 * is not allowed: every code that a broker would have sealed becomes `store_unavailable`, and so does what is no problem JSON
 * (Lambda's own 413, 429, 502, 504, a proxy's page). The texts are ours, never the answer's.
 */
export function refusalInClear(raw: RawAnswer, body: JsonObject | undefined, requestId: string | undefined): Outcome {
  const options = {
    ...(requestId === undefined ? {} : { requestId }),
    ...(raw.retryAfter === undefined ? {} : { retryAfter: raw.retryAfter }),
  };
  const code = body === undefined ? undefined : own(body, 'code');
  if (isErrorCode(code)) {
    const remedy = BEFORE_OPENING[code];
    const refusal = new WaxsealError(code, undefined, options);
    if (remedy !== undefined && refusal.status === raw.status) return { refusal, remedy };
  }
  if (PASSING.has(raw.status)) {
    const text = 'The broker, or a gateway before it, cannot answer at the moment.';
    return { refusal: new WaxsealError('store_unavailable', text, options), remedy: 'later' };
  }
  const text =
    'The answer is not a sealed one, so nothing follows from it. Check the URL, and what stands between here and the broker.';
  return { refusal: new WaxsealError('store_unavailable', text, options), remedy: 'none' };
}
