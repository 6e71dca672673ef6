import type { ErrorCode } from '../wire/errors.ts';

/** Exit codes of the command. */
export const EXIT = { ok: 0, refused: 1, usage: 2, unavailable: 3 } as const;

/** What a refusal means to whoever typed the command: the exit code, and what to do next. */
export const ADVICE = {
  // Its text says what is wrong; one next step would not fit a URL, a file and a reference alike.
  invalid_request: { exit: EXIT.usage, hint: undefined },
  invalid_recipient: { exit: EXIT.refused, hint: 'Run the command again; it makes a new xkey each time.' },
  unknown_broker_key: {
    exit: EXIT.refused,
    hint: 'The pinned broker key is not this broker’s (any more). Take the present one from the deployment’s outputs.',
  },
  invalid_token: {
    exit: EXIT.refused,
    hint: 'Check where the token comes from, its audience and its age, and that the broker trusts its issuer.',
  },
  stale_request: { exit: EXIT.refused, hint: 'Check the clock of this machine.' },
  replayed: { exit: EXIT.refused, hint: 'Get a new token: this one was used by another recipient.' },
  access_denied: { exit: EXIT.refused, hint: 'Ask "waxseal can-i" what is missing, or whoever writes the mappings.' },
  not_found: {
    exit: EXIT.refused,
    hint: 'Check name, --field and --secret-version; "waxseal list" shows what you may read.',
  },
  conflict: { exit: EXIT.refused, hint: 'Look at the present state and run the command again.' },
  too_large: { exit: EXIT.refused, hint: 'Ask for a field, or for fewer secrets at once.' },
  rate_limited: { exit: EXIT.unavailable, hint: 'Try again in a while.' },
  internal_error: { exit: EXIT.refused, hint: 'Give the request id to whoever runs the broker.' },
  store_unavailable: {
    exit: EXIT.unavailable,
    hint: 'Nothing follows about the secret: keep what you have and try again. Check the URL and the network.',
  },
  audit_unavailable: { exit: EXIT.unavailable, hint: 'Try again in a while, or tell whoever runs the broker.' },
} as const satisfies Record<ErrorCode, { exit: number; hint: string | undefined }>;
