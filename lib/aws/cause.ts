import { compact } from '../wire/compact.ts';

/** Errors whose messages tell an operator what to repair. AWS never builds these from values. */
const TELLING = new Set([
  'AccessDeniedException',
  'DecryptionFailure',
  'EncryptionFailure',
  'InvalidRequestException',
  'ResourceNotFoundException',
]);

/** What is kept of an SDK's error. The log shows `status` and `awsRequestId` as `upstream_status` and `upstream_request_id`. */
export interface BareCause extends Error {
  /** The system's code, such as `ECONNRESET`. */
  readonly code?: string;
  /** The HTTP status of AWS's answer. */
  readonly status?: number;
  /** AWS's id of the request. */
  readonly awsRequestId?: string;
  /** How often the call was attempted. */
  readonly attempts?: number;
}

/**
 * Reduces an SDK's error to what may be kept as the cause of a refusal. The error itself must not be kept: the SDK attaches
 * the raw response to it (`$response`, `$responseBodyText`), and a parser's message quotes what it could not read. Either may
 * hold a value.
 */
export function bareCause(error: unknown): BareCause {
  const from = (typeof error === 'object' && error !== null ? error : {}) as {
    name?: unknown;
    code?: unknown;
    message?: unknown;
    $metadata?: { httpStatusCode?: unknown; requestId?: unknown; attempts?: unknown };
  };
  const name = identifier(from.name) ?? 'Error';
  const cause = new Error(TELLING.has(name) && typeof from.message === 'string' ? from.message : name);
  cause.name = name;
  const { httpStatusCode, requestId, attempts } = from.$metadata ?? {};
  const kept = compact({
    code: identifier(from.code),
    status: typeof httpStatusCode === 'number' ? httpStatusCode : undefined,
    awsRequestId: identifier(requestId),
    attempts: typeof attempts === 'number' ? attempts : undefined,
  });
  return Object.assign(cause, kept);
}

function identifier(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z0-9_.:-]{1,80}$/.test(value) ? value : undefined;
}
