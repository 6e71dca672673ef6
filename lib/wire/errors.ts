/**
 * The closed list of refusals: code → HTTP status and fixed public text. One table, so that a code cannot exist without a
 * status and a text, and nothing else in the project picks a status.
 */
export const REFUSALS = {
  invalid_request: { status: 400, text: 'This endpoint does not understand the request.' },
  invalid_recipient: { status: 400, text: 'The recipient is not a usable public xkey.' },
  unknown_broker_key: { status: 400, text: 'The request is sealed to a key that this broker does not hold.' },
  invalid_token: { status: 401, text: 'The token was not accepted.' },
  stale_request: { status: 401, text: 'The request is too old, or the clock of the machine that made it is off.' },
  replayed: { status: 401, text: 'The request or its token has already been used.' },
  access_denied: { status: 403, text: 'No mapping allows this.' },
  not_found: { status: 404, text: 'There is no such secret, version or field.' },
  method_not_allowed: { status: 405, text: 'The endpoint does not accept this method.' },
  conflict: { status: 409, text: 'The request conflicts with the current state.' },
  too_large: { status: 413, text: 'The request or its answer is too large.' },
  rate_limited: { status: 429, text: 'Too many requests. Try again later.' },
  internal_error: { status: 500, text: 'Something went wrong on our side.' },
  store_unavailable: { status: 503, text: 'The broker cannot reach something it depends on. Try again later.' },
  audit_unavailable: {
    status: 503,
    text: 'The audit record could not be written, so nothing was released. Try again later.',
  },
} as const satisfies Record<string, { status: number; text: string }>;

/** A refusal's stable, public name. */
export type ErrorCode = keyof typeof REFUSALS;

/** Every code, in the order of the table. */
export const ERROR_CODES = Object.keys(REFUSALS) as readonly ErrorCode[];

/** Whether a string from outside is one of our codes. Own members only: `constructor` is not one. */
export function isErrorCode(text: unknown): text is ErrorCode {
  return typeof text === 'string' && Object.hasOwn(REFUSALS, text);
}

/** What may accompany a refusal. */
export interface RefusalOptions {
  /** What went wrong underneath: for the log only, never sent out. Must hold no token, value or seed. */
  cause?: unknown;
  /** Seconds after which it makes sense to try again (429 and 503). */
  retryAfter?: number | undefined;
  /** JSON pointer (RFC 6901) to the member at fault: of the request, or of the file at `path`. */
  pointer?: string | undefined;
  /** The broker's id of the request, if a client got one with the refusal. */
  requestId?: string | undefined;
  /** The setting at fault on this machine, by the name of the option that holds it: `brokerKeys`, `data`. Never sent out. */
  setting?: string | undefined;
  /** The file or folder at fault on this machine, as its path was given. Never sent out. */
  path?: string | undefined;
}

/**
 * The project's one error class. `message` is public: always a fixed text, never built from input, so that no token, value or
 * seed can slip into an answer or a log line. What a reader needs to know besides is in the members.
 */
export class WaxsealError extends Error {
  override readonly name = 'WaxsealError';
  readonly code: ErrorCode;
  readonly retryAfter: number | undefined;
  readonly pointer: string | undefined;
  readonly requestId: string | undefined;
  readonly setting: string | undefined;
  readonly path: string | undefined;

  constructor(code: ErrorCode, text: string = REFUSALS[code].text, options: RefusalOptions = {}) {
    super(text, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfter = options.retryAfter;
    this.pointer = options.pointer;
    this.requestId = options.requestId;
    this.setting = options.setting;
    this.path = options.path;
  }

  /** The HTTP status of the code. */
  get status(): number {
    return REFUSALS[this.code].status;
  }
}

/** The error itself if it is a refusal, otherwise `internal_error` with the error as its cause. */
export function toRefusal(error: unknown): WaxsealError {
  return error instanceof WaxsealError ? error : new WaxsealError('internal_error', undefined, { cause: error });
}
