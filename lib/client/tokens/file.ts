import { readFile } from 'node:fs/promises';
import { WaxsealError } from '../../wire/errors.ts';
import { type TokenSource, toToken } from './source.ts';

/** Where a pod finds its token when the manifest follows docs/workloads.md. */
export const PROJECTED_TOKEN = '/var/run/secrets/waxseal/token';

/**
 * The token in a file, read again each time, since its writer renews it. Cannot bind.
 * @param path the file (default: `WAXSEAL_TOKEN_FILE`)
 * @throws WaxsealError `invalid_token` (when called) if the file is missing or does not hold a JWT
 * @example
 * const client = new WaxsealClient({ url, brokerKeys, token: fromFile('/run/identity/token') });
 */
export function fromFile(path?: string): TokenSource {
  return async ({ signal }) => {
    const file = path ?? process.env.WAXSEAL_TOKEN_FILE;
    if (file === undefined || file === '') {
      throw new WaxsealError('invalid_token', 'No token file is set. Set WAXSEAL_TOKEN_FILE to its path.');
    }
    return toToken(await readText(file, signal));
  };
}

/**
 * A service account token that the kubelet projects into a file and renews (`volumes: projected: serviceAccountToken`).
 * Cannot bind: its audience is fixed in the pod's manifest. {@link kubernetesTokenRequest} can.
 * @param path the file (default: `/var/run/secrets/waxseal/token`)
 * @throws WaxsealError `invalid_token` (when called) if the file is missing or does not hold a JWT
 * @see https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#serviceaccount-token-volume-projection
 * @example
 * const client = new WaxsealClient({ url, brokerKeys, token: kubernetesFile() });
 */
export function kubernetesFile(path: string = PROJECTED_TOKEN): TokenSource {
  return fromFile(path);
}

async function readText(file: string, signal: AbortSignal): Promise<string> {
  try {
    return await readFile(file, { encoding: 'utf8', signal });
  } catch (cause) {
    const options = { path: file, cause };
    throw new WaxsealError('invalid_token', 'The token file cannot be read. Check its path and permissions.', options);
  }
}
