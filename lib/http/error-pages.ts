import { type ErrorCode, REFUSALS } from '../wire/errors.ts';

/** What to do about each refusal, for whoever reads one. */
const ADVICE = {
  invalid_request:
    'Compare the request with the OpenAPI document. "pointer" names the member at fault. Unknown members are refused, so look for a misspelt one.',
  invalid_recipient:
    'Send the text form of a public X25519 xkey (X…, 56 characters) that was made for this request, and seal with its private half.',
  unknown_broker_key: 'Pin the broker key from the deployment’s outputs. Never take it from an answer in clear.',
  invalid_token:
    'Get a fresh token from a trusted issuer, for this broker’s audience. The broker’s log has the reason under the request id.',
  stale_request: 'Set the clock of the workload. A sealed request is accepted within 120 seconds of its iat.',
  replayed:
    'Seal each request anew with a fresh nonce. Where the issuer says "jti: once", get a token of your own for your own xkey.',
  access_denied: 'Ask can-i what is missing, and whoever runs the broker for a mapping.',
  not_found: 'A mapping allows this, but there is no such secret, version or field (or, for a path, no such endpoint).',
  conflict: 'Read the present state and try again.',
  too_large: 'Ask for fewer secrets at once. Bodies are at most 256 KiB, the payload of a batch 3 MiB.',
  rate_limited: 'Wait for as long as Retry-After says.',
  internal_error: 'Tell whoever runs the broker the request id.',
  store_unavailable: 'Try again after as long as Retry-After says. Nothing was concluded about the secret.',
  audit_unavailable:
    'Try again after as long as Retry-After says. Nothing was released, since it could not be recorded.',
} as const satisfies Record<ErrorCode, string>;

/** The page that `type` of a problem points at: plain text. */
export function errorPage(code: ErrorCode): string {
  const { status, text } = REFUSALS[code];
  return `${code} (HTTP ${status})\n\n${text}\n\n${ADVICE[code]}\n`;
}
