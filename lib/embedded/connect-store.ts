import type { StoreEntry } from '../entries/secret.ts';
import type { SecretStore, StoredValue } from '../stores/store.ts';
import { WaxsealError } from '../wire/errors.ts';

/**
 * The store of a catalog entry, for the local broker: the embedded one, or Secrets Manager with this machine's own AWS
 * credentials. The AWS SDK is loaded when the first secret in Secrets Manager is asked for: whoever has none never waits for it.
 */
export function connectStore({ kind }: StoreEntry, embedded: SecretStore): SecretStore {
  if (kind === 'embedded') return embedded;
  let loaded: Promise<SecretStore> | undefined;
  const store = () => {
    loaded ??= loadSecretsManager();
    return loaded;
  };
  return {
    kind,
    get: async (wanted, signal) => (await store()).get(wanted, signal),
    async getMany(wanted, signal): Promise<(StoredValue | WaxsealError)[]> {
      const connected = await store().catch(
        (cause: unknown) =>
          new WaxsealError('store_unavailable', 'Secrets Manager cannot be used from here.', { cause }),
      );
      return connected instanceof WaxsealError ? wanted.map(() => connected) : connected.getMany(wanted, signal);
    },
  };
}

async function loadSecretsManager(): Promise<SecretStore> {
  const [{ SecretsManagerClient }, { awsClientSettings }, { secretsManagerStore }] = await Promise.all([
    import('@aws-sdk/client-secrets-manager'),
    import('../aws/settings.ts'),
    import('../stores/secrets-manager/reader.ts'),
  ]);
  const settings = awsClientSettings({ attempts: 3, connectMs: 1000, requestMs: 2000 });
  return secretsManagerStore({ client: new SecretsManagerClient(settings) });
}
