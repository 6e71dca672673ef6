/** Messages that tell an operator what to repair, and that AWS never builds from values. */
const TELLING = new Set([
  'AccessDeniedException',
  'DecryptionFailure',
  'EncryptionFailure',
  'InvalidRequestException',
  'ResourceNotFoundException',
]);

/**
 * What may be kept of an SDK's failure as the cause of a refusal: its name, the system's code, the HTTP status, AWS's request
 * id and the number of attempts. The error itself must not be kept: the SDK hangs the raw answer on it (`$response`,
 * `$responseBodyText`), and a parser's message quotes what it could not read; either may hold a value.
 */
export function bareCause(error: unknown): Error {
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
  return Object.assign(cause, {
    code: identifier(from.code),
    status: typeof httpStatusCode === 'number' ? httpStatusCode : undefined,
    awsRequestId: identifier(requestId),
    attempts: typeof attempts === 'number' ? attempts : undefined,
  });
}

function identifier(text: unknown): string | undefined {
  return typeof text === 'string' && /^[A-Za-z0-9_.:-]{1,80}$/.test(text) ? text : undefined;
}
