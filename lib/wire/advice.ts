import type { ErrorCode } from './errors.ts';

/** What to do about a refusal. */
export interface Advice {
  /** For anyone who reads the refusal: on the broker's error pages and in docs/http.md. */
  readonly general: string;
  /** For users of our command or client, if they have another next step: the command's hints and docs/workloads.md. */
  readonly command?: string;
}

/** What to do about each refusal. The broker's error pages, the command and the docs all take their words from here. */
export const ADVICE = {
  invalid_request: {
    general:
      'Compare the request with the OpenAPI document. "pointer" names the member at fault. Unknown members are refused, so look for a misspelled one.',
    command: 'Check the name, field and version that you asked for.',
  },
  invalid_recipient: {
    general:
      'Send the text form of a public X25519 xkey (X…, 56 characters) that was made for this request, and seal with its private half.',
    command: 'Try again: each request makes a new xkey.',
  },
  unknown_broker_key: {
    general: 'Pin the broker key from the deployment’s outputs. Never take it from an answer that is not sealed.',
  },
  invalid_token: {
    general:
      'Check the token’s issuer, audience and age. The broker must trust the issuer; its log has the reason under the request id.',
  },
  stale_request: {
    general: 'Correct the clock of the machine that made the request: it may be off by at most 120 seconds.',
  },
  replayed: {
    general:
      'Seal each request again, with a fresh nonce. If the issuer’s entry says "jti: once", get a token of your own for your own xkey.',
    command: 'Get a new token: another recipient has already used this one.',
  },
  access_denied: {
    general: 'Ask can-i what is missing, then ask whoever runs the broker for a mapping.',
    command: 'Run "waxseal can-i" to see what is missing, then ask whoever runs the broker for a mapping.',
  },
  not_found: {
    general:
      'A mapping allows this, but it does not exist. Check name, version and field (for a path: the endpoint). Only a strict JSON object has fields.',
    command:
      'Check the name, --field and --secret-version. "waxseal list" shows what you may read. Only a strict JSON object has fields.',
  },
  method_not_allowed: {
    general: 'Use a method that the Allow header names: POST to ask for something, GET or HEAD for the pages.',
    command: 'Check the URL, and what is between you and the broker: each request is a POST, and something changed it.',
  },
  conflict: { general: 'Look at the current state and try again.' },
  too_large: {
    general:
      'Ask for a field, or for fewer secrets at once. A body is at most 256 KiB, the payload of a batch at most 3 MiB.',
  },
  rate_limited: {
    general: 'Wait as long as Retry-After says, then try again.',
    command: 'Wait a little and try again.',
  },
  internal_error: { general: 'Give the request id to whoever runs the broker.' },
  store_unavailable: {
    general: 'Wait as long as Retry-After says, then try again. This says nothing about the secret.',
    command:
      'Keep the value you have and try again: this says nothing about the secret. Check the URL and the network.',
  },
  audit_unavailable: {
    general:
      'Wait as long as Retry-After says, then try again. Nothing was released, because it could not be recorded.',
    command: 'Nothing was released. Try again later, or tell whoever runs the broker.',
  },
} as const satisfies Record<ErrorCode, Advice>;

/** The next step after a refusal, for users of our command or client. */
export function commandAdvice(code: ErrorCode): string {
  const { general, command }: Advice = ADVICE[code];
  return command ?? general;
}
