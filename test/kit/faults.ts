/** What the fault proxy can do to a call. Times are in milliseconds. */
export type Fault =
  /** Answers instead of the service, as AWS does when a limit is reached: status 400, nothing done. */
  | {
      readonly kind: 'throttle';
      readonly code?: 'ProvisionedThroughputExceededException' | 'ThrottlingException' | 'RequestLimitExceeded';
    }
  /** Answers instead of the service, with another error. */
  | { readonly kind: 'error'; readonly status: number; readonly code: string; readonly message?: string }
  /** Passes the call on after a while. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Ends the connection before the service sees the call. */
  | { readonly kind: 'reset' }
  /** Passes the call on and ends the connection instead of answering: the call was made, but the caller cannot know. */
  | { readonly kind: 'lose-answer' }
  /** Keeps the connection open and sends nothing, until the caller gives up or the proxy closes. */
  | { readonly kind: 'hang' }
  /** BatchGetItem: reads the first `read` keys (of all tables together) and returns the rest as `UnprocessedKeys`. */
  | { readonly kind: 'unprocessed'; readonly read: number }
  /** BatchGetSecretValue: an entry in `Errors` for each of these ids that is asked for. The others are read. */
  | { readonly kind: 'secret-errors'; readonly errors: Readonly<Record<string, string>> };

/** The proxy's own answer, in the form of AWS's JSON protocols. */
export interface AwsAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** HTTP 500 as the services themselves send it. */
export const internalError = { kind: 'error', status: 500, code: 'InternalServerError' } as const satisfies Fault;

const MESSAGES: Readonly<Record<string, string>> = {
  ProvisionedThroughputExceededException:
    'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.',
  ThrottlingException: 'Rate exceeded',
  RequestLimitExceeded: 'Throughput exceeds the current throughput limit for your account.',
  InternalServerError: 'Internal server error',
  AccessDeniedException: 'Access to this operation is denied.',
  DecryptionFailure: 'The value cannot be decrypted with the key that it names.',
  ResourceNotFoundException: "Secrets Manager can't find the specified secret.",
};

/** The error that a service sends: DynamoDB qualifies the name and has `message`, the others have `Message`. */
export function errorAnswer(
  service: string,
  status: number,
  code: string,
  message = MESSAGES[code] ?? code,
): AwsAnswer {
  if (service !== 'DynamoDB') return { status, body: { __type: code, Message: message } };
  const shared = code === 'ThrottlingException' || code === 'AccessDeniedException';
  const namespace = shared ? 'com.amazon.coral.service' : 'com.amazonaws.dynamodb.v20120810';
  return { status, body: { __type: `${namespace}#${code}`, message } };
}

/** The code with which a service throttles if the test does not choose one. */
export function throttleCode(service: string): string {
  return service === 'DynamoDB' ? 'ProvisionedThroughputExceededException' : 'ThrottlingException';
}

interface KeysOfTable {
  readonly Keys: readonly unknown[];
}

/** Splits a BatchGetItem into what is passed on and what is returned unread, both in the form of the request. */
export function splitKeys(request: Readonly<Record<string, unknown>>, read: number) {
  const tables = Object.entries((request.RequestItems ?? {}) as Record<string, KeysOfTable>);
  const passed: Record<string, KeysOfTable> = {};
  const unprocessed: Record<string, KeysOfTable> = {};
  let left = read;
  for (const [table, asked] of tables) {
    const now = asked.Keys.slice(0, left);
    const later = asked.Keys.slice(left);
    left -= now.length;
    if (now.length > 0) passed[table] = { ...asked, Keys: now };
    if (later.length > 0) unprocessed[table] = { ...asked, Keys: later };
  }
  return { request: { ...request, RequestItems: passed }, unprocessed, empty: Object.keys(passed).length === 0 };
}

/** Removes ids from a BatchGetSecretValue, and makes the `Errors` for them. */
export function splitSecrets(request: Readonly<Record<string, unknown>>, errors: Readonly<Record<string, string>>) {
  const ids = (request.SecretIdList ?? []) as string[];
  const passed = ids.filter((id) => !Object.hasOwn(errors, id));
  const failed = ids.filter((id) => Object.hasOwn(errors, id));
  const entry = (id: string) => ({ SecretId: id, ErrorCode: errors[id], Message: MESSAGES[errors[id]!] ?? errors[id] });
  return { request: { ...request, SecretIdList: passed }, errors: failed.map(entry), empty: passed.length === 0 };
}
