/**
 * The closed list of refusals: code → HTTP status and fixed public text. One table, so that a code cannot exist without a
 * status and a text, and nothing else in the project picks a status.
 */
export const REFUSALS = {
  invalid_request: { status: 400, text: 'The request is not one that this endpoint understands.' },
  invalid_recipient: { status: 400, text: 'The recipient is not a usable public xkey.' },
  unknown_broker_key: { status: 400, text: 'The request is sealed to a key that this broker does not hold.' },
  invalid_token: { status: 401, text: 'The token is not acceptable.' },
  stale_request: { status: 401, text: 'The request was made too long ago, or its clock is off.' },
  replayed: { status: 401, text: 'The request or its token was used already.' },
  access_denied: { status: 403, text: 'No mapping allows this.' },
  not_found: { status: 404, text: 'There is no such secret, version or field.' },
  conflict: { status: 409, text: 'The request conflicts with the present state.' },
  too_large: { status: 413, text: 'The request or its answer is too large.' },
  rate_limited: { status: 429, text: 'Too many requests. Try again later.' },
  internal_error: { status: 500, text: 'Something went wrong on our side.' },
  store_unavailable: { status: 503, text: 'A part that is needed cannot be reached. Try again later.' },
  audit_unavailable: {
    status: 503,
    text: 'The audit record could not be written, so nothing was released. Try again later.',
  },
} as const satisfies Record<string, { status: number; text: string }>;

/** A refusal's stable, public name. */
export type ErrorCode = keyof typeof REFUSALS;

/** Every code, in the order of the table. */
export const ERROR_CODES = Object.keys(REFUSALS) as readonly ErrorCode[];

/** Tells whether a text from outside is one of our codes (own property: `constructor` is none). */
export function isErrorCode(text: unknown): text is ErrorCode {
  return typeof text === 'string' && Object.hasOwn(REFUSALS, text);
}

/** What may accompany a refusal. */
export interface RefusalOptions {
  /** What went wrong underneath: for the log only, never sent out. Must hold no token, value or seed. */
  cause?: unknown;
  /** Seconds after which trying again makes sense (429 and 503). */
  retryAfter?: number;
  /** JSON pointer (RFC 6901) to the member of the request that is at fault. */
  pointer?: string;
  /** The broker's id of the request, where a client got one with the refusal. */
  requestId?: string;
}

/**
 * The one error class of the project. `message` is public: always a fixed text, never built from input, so that no token,
 * value or seed can slip into an answer or a log line.
 */
export class WaxsealError extends Error {
  override readonly name = 'WaxsealError';
  readonly code: ErrorCode;
  readonly retryAfter: number | undefined;
  readonly pointer: string | undefined;
  readonly requestId: string | undefined;

  constructor(code: ErrorCode, text: string = REFUSALS[code].text, options: RefusalOptions = {}) {
    super(text, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfter = options.retryAfter;
    this.pointer = options.pointer;
    this.requestId = options.requestId;
  }

  /** The HTTP status that stands for the code. */
  get status(): number {
    return REFUSALS[this.code].status;
  }
}

/** The error itself if it is a refusal already, otherwise `internal_error` with the error as its cause. */
export function toRefusal(error: unknown): WaxsealError {
  return error instanceof WaxsealError ? error : new WaxsealError('internal_error', undefined, { cause: error });
}
