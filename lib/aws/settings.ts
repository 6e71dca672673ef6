import { NodeHttpHandler } from '@smithy/node-http-handler';

/** What every AWS client of the project must decide, since the SDK's own defaults would wait for ever or try too often. */
export interface AwsSettings {
  /** Region; where it is left out the SDK's own look-up (`AWS_REGION`, profile) decides. */
  region?: string;
  /** Base URL in place of AWS's own: LocalStack, or a VPC endpoint. */
  endpoint?: string;
  /** Attempts in all, the first included. At least 2, or a socket gone stale in a freeze becomes a refusal. */
  attempts: number;
  /** Milliseconds until a connection must stand. */
  connectMs: number;
  /** Milliseconds of one attempt, and of silence in its answer. */
  requestMs: number;
}

/**
 * Settings that both AWS clients are built with: bounded attempts, bounded time, sockets that are kept.
 *
 * A Lambda function is frozen between requests, and the other side closes its idle sockets meanwhile. The first request
 * after that gets ECONNRESET on a socket that looked good; the standard retry mode counts it as transient, so that the
 * second attempt goes out on a new one.
 *
 * In Lambda the credentials come straight from the environment: the default provider chain would look for profiles and
 * metadata endpoints first, which costs time on each cold start. Elsewhere (command line, tests) the chain is what users
 * expect.
 */
export function awsClientSettings(settings: AwsSettings) {
  const { region, endpoint, attempts, connectMs, requestMs } = settings;
  // A batch that must be asked singly sends 100 at once; a request that waits for a socket would use up its connectMs.
  const agent = { keepAlive: true, maxSockets: 128 };
  return {
    maxAttempts: attempts,
    retryMode: 'standard' as const,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: connectMs,
      requestTimeout: requestMs,
      throwOnRequestTimeout: true, // without it the time-out is only a warning
      socketTimeout: requestMs, // requestTimeout ends with the headers; this covers a body that stalls
      httpAgent: agent,
      httpsAgent: agent,
    }),
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(process.env.AWS_LAMBDA_FUNCTION_NAME === undefined ? {} : { credentials: environmentCredentials }),
  };
}

/** The execution role's credentials, as Lambda puts them into the environment. Rejects where they are missing. */
async function environmentCredentials() {
  const accessKeyId = process.env.AWS_ACCESS_KEY_ID;
  const secretAccessKey = process.env.AWS_SECRET_ACCESS_KEY;
  const sessionToken = process.env.AWS_SESSION_TOKEN;
  if (!accessKeyId || !secretAccessKey) throw new Error('The environment holds no AWS credentials.');
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}
