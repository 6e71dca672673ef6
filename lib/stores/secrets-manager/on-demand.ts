import { WaxsealError } from '../../wire/errors.ts';
import type { SecretReader } from '../store.ts';

/**
 * Reads Secrets Manager with this machine's own AWS credentials. The AWS SDK is loaded with the first lookup, so that a local
 * broker without secrets in Secrets Manager never waits for it. This is a file of its own, since a bundler packs whatever a
 * dynamic import names.
 */
export function secretsManagerOnDemand(): SecretReader {
  let loaded: Promise<SecretReader> | undefined;
  const load = (): Promise<SecretReader> => {
    loaded ??= loadReader().catch((cause: unknown) => {
      throw new WaxsealError('store_unavailable', 'This broker cannot use Secrets Manager.', { cause });
    });
    return loaded;
  };
  return {
    get: async (lookup, signal) => (await load()).get(lookup, signal),
    getMany: async (lookups, signal) => (await load()).getMany(lookups, signal),
  };
}

async function loadReader(): Promise<SecretReader> {
  const [{ SecretsManagerClient }, { awsClientSettings }, { secretsManagerReader }] = await Promise.all([
    import('@aws-sdk/client-secrets-manager'),
    import('../../aws/settings.ts'),
    import('./reader.ts'),
  ]);
  const settings = awsClientSettings({ attempts: 3, connectMs: 1000, requestMs: 2000 });
  return secretsManagerReader({ client: new SecretsManagerClient(settings) });
}
