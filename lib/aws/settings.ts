import { NodeHttpHandler } from '@smithy/node-http-handler';
import { compact } from '../wire/compact.ts';

/** What every AWS client must set, since the SDK's own defaults would wait forever or try too often. */
export interface AwsSettings {
  /** Region (default: the SDK's own lookup, `AWS_REGION` or the profile). */
  region?: string;
  /** Base URL instead of AWS's own: LocalStack, or a VPC endpoint. */
  endpoint?: string;
  /** Attempts in all, including the first. At least 2, or a socket that went stale in a freeze becomes a refusal. */
  attempts: number;
  /** Milliseconds within which a connection must be established. */
  connectMs: number;
  /** Milliseconds for one attempt, and for a pause within its answer. */
  requestMs: number;
}

/**
 * Settings for every AWS client: bounded attempts, bounded time, sockets that are kept open.
 *
 * A Lambda function is frozen between requests, and meanwhile AWS closes its idle sockets. The next request gets ECONNRESET
 * on a socket that looked good. The standard retry mode treats that as transient, so the second attempt uses a new socket.
 *
 * In Lambda the credentials come straight from the environment: the default provider chain would first look for profiles and
 * metadata endpoints, which costs time on each cold start. Elsewhere (command line, tests) users expect the chain.
 */
export function awsClientSettings(settings: AwsSettings) {
  const { region, endpoint, attempts, connectMs, requestMs } = settings;
  // A batch that must be read singly sends 100 requests at once. One that waits for a socket would use up its connectMs.
  const agent = { keepAlive: true, maxSockets: 128 };
  return {
    maxAttempts: attempts,
    retryMode: 'standard' as const,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: connectMs,
      requestTimeout: requestMs,
      throwOnRequestTimeout: true, // otherwise the time-out only logs a warning
      socketTimeout: requestMs, // requestTimeout ends with the headers; this one covers a body that stalls
      httpAgent: agent,
      httpsAgent: agent,
    }),
    ...compact({
      region,
      endpoint,
      credentials: process.env.AWS_LAMBDA_FUNCTION_NAME === undefined ? undefined : environmentCredentials,
    }),
  };
}

/** The execution role's credentials, as Lambda puts them into the environment. Rejects if they are missing. */
async function environmentCredentials() {
  const accessKeyId = process.env.AWS_ACCESS_KEY_ID;
  const secretAccessKey = process.env.AWS_SECRET_ACCESS_KEY;
  const sessionToken = process.env.AWS_SESSION_TOKEN;
  if (!accessKeyId || !secretAccessKey) throw new Error('The environment has no AWS credentials.');
  return compact({ accessKeyId, secretAccessKey, sessionToken: sessionToken || undefined });
}
