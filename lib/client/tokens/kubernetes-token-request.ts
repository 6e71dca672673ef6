import { readFile } from 'node:fs/promises';
import { compact } from '../../wire/compact.ts';
import { WaxsealError } from '../../wire/errors.ts';
import { isJsonObject, type Json, type JsonObject, own, parseStrictJson } from '../../wire/strict-json.ts';
import { postJson } from './https-post.ts';
import { audienceFor, type BindingChoice, type TokenSource, toToken, unverifiedClaims } from './source.ts';

/** Choices of {@link kubernetesTokenRequest}. */
export interface TokenRequestOptions extends BindingChoice {
  /** How long the token is valid, in seconds; at least 600, which is Kubernetes' own limit (default: 600). */
  readonly expirationSeconds?: number;
  /** Folder with the pod's own `token` and `ca.crt` (default: `/var/run/secrets/kubernetes.io/serviceaccount`). */
  readonly directory?: string;
  /** Used instead of `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * A token that the cluster's API server makes for the pod's own service account, with the audience `<audience>#<xkey>`, so
 * that it is bound. The account needs the verb `create` on the resource `serviceaccounts/token` for its own name.
 * @throws WaxsealError (when called) `invalid_token` outside a pod or if the API server refuses, `store_unavailable` if it
 * cannot be reached
 * @see https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/
 * @example
 * const client = new WaxsealClient({ url, brokerKeys, token: kubernetesTokenRequest() });
 */
export function kubernetesTokenRequest(options: TokenRequestOptions = {}): TokenSource {
  const directory = options.directory ?? '/var/run/secrets/kubernetes.io/serviceaccount';
  return async (wanted) => {
    const env = options.env ?? process.env;
    const host = env.KUBERNETES_SERVICE_HOST;
    if (!host)
      throw new WaxsealError('invalid_token', 'This is not a Kubernetes pod: KUBERNETES_SERVICE_HOST is not set.');
    const own = await readOwn(directory, wanted.signal);
    const account = ownAccount(own.token);
    const answer = await postJson({
      host,
      port: Number(env.KUBERNETES_SERVICE_PORT_HTTPS ?? env.KUBERNETES_SERVICE_PORT ?? 443),
      path: `/api/v1/namespaces/${account.namespace}/serviceaccounts/${account.name}/token`,
      ca: own.ca,
      bearer: own.token,
      signal: wanted.signal,
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: compact({
          audiences: [audienceFor(wanted, options)],
          expirationSeconds: options.expirationSeconds ?? 600,
          // Tied to the pod, so that the token names the pod and ends with it.
          boundObjectRef: account.pod && { apiVersion: 'v1', kind: 'Pod', ...account.pod },
        }),
      },
    });
    if (answer.status >= 500 || answer.status === 429) {
      throw new WaxsealError('store_unavailable', 'The Kubernetes API server cannot issue a token at the moment.');
    }
    if (answer.status >= 300) {
      throw new WaxsealError(
        'invalid_token',
        'The Kubernetes API server refused to issue a token. Allow the service account "create" on serviceaccounts/token.',
      );
    }
    return toToken(member(member(parseStrictJson(answer.body, { code: 'invalid_token' }), 'status'), 'token'));
  };
}

async function readOwn(directory: string, signal: AbortSignal): Promise<{ token: string; ca: string }> {
  try {
    const [token, ca] = await Promise.all([
      readFile(`${directory}/token`, { encoding: 'utf8', signal }),
      readFile(`${directory}/ca.crt`, { encoding: 'utf8', signal }),
    ]);
    return { token: toToken(token), ca };
  } catch (cause) {
    throw new WaxsealError(
      'invalid_token',
      "The pod's own token cannot be read. Is automountServiceAccountToken off?",
      {
        cause,
      },
    );
  }
}

interface OwnAccount {
  readonly namespace: string;
  readonly name: string;
  readonly pod?: JsonObject;
}

/** The account that the pod runs under, from the subject of its own token: `system:serviceaccount:NAMESPACE:NAME`. */
function ownAccount(token: string): OwnAccount {
  const claims = unverifiedClaims(token) ?? {};
  const parts = /^system:serviceaccount:([a-z0-9.-]+):([a-z0-9.-]+)$/.exec(String(own(claims, 'sub')));
  if (parts === null) {
    throw new WaxsealError('invalid_token', "The pod's own token does not name a service account.");
  }
  const pod = member(own(claims, 'kubernetes.io'), 'pod');
  const name = member(pod, 'name');
  const uid = member(pod, 'uid');
  const account = { namespace: parts[1]!, name: parts[2]! };
  return name === undefined || uid === undefined ? account : { ...account, pod: { name, uid } };
}

function member(value: Json | undefined, name: string): Json | undefined {
  return isJsonObject(value) ? own(value, name) : undefined;
}
