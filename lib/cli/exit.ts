import type { ErrorCode } from '../wire/errors.ts';

/** Exit codes of the command. */
export const EXIT = { ok: 0, refused: 1, usage: 2, unavailable: 3 } as const;

/** The exit code of each refusal. */
export const REFUSAL_EXIT = {
  invalid_request: EXIT.usage,
  invalid_recipient: EXIT.refused,
  unknown_broker_key: EXIT.refused,
  invalid_token: EXIT.refused,
  stale_request: EXIT.refused,
  replayed: EXIT.refused,
  access_denied: EXIT.refused,
  not_found: EXIT.refused,
  method_not_allowed: EXIT.refused,
  conflict: EXIT.refused,
  too_large: EXIT.refused,
  rate_limited: EXIT.unavailable,
  internal_error: EXIT.refused,
  store_unavailable: EXIT.unavailable,
  audit_unavailable: EXIT.unavailable,
} as const satisfies Record<ErrorCode, number>;
