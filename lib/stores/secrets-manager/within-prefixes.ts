import { WaxsealError } from '../../wire/errors.ts';
import type { SecretStore, StoredValue, Wanted } from '../store.ts';

/**
 * A store of which only the refs under some name prefixes are read, whatever the catalog says: a record that points elsewhere
 * (at the broker's own keys, which its role may read too) gets nothing. The role says the same; this says it first.
 * @param prefixes of names in Secrets Manager, as in `WAXSEAL_SECRET_PREFIXES`
 * @returns a store whose `get` also throws, and whose `getMany` also answers, `store_unavailable` for a ref outside
 */
export function withinPrefixes(store: SecretStore, prefixes: readonly string[]): SecretStore {
  const allowed = ({ ref }: Wanted) => prefixes.some((prefix) => nameOf(ref).startsWith(prefix));
  return {
    kind: store.kind,
    get: async (wanted, signal) => {
      if (!allowed(wanted)) throw outside();
      return store.get(wanted, signal);
    },
    async getMany(wanted, signal) {
      const values = await store.getMany(wanted.filter(allowed), signal);
      const inOrder = values.values();
      return wanted.map((one): StoredValue | WaxsealError => (allowed(one) ? inOrder.next().value! : outside()));
    },
  };
}

/** The name within an ARN (`arn:aws:secretsmanager:<region>:<account>:secret:<name>-<six characters>`), else the ref itself. */
function nameOf(ref: string): string {
  return ref.startsWith('arn:') ? ref.split(':').slice(6).join(':') : ref;
}

function outside(): WaxsealError {
  return new WaxsealError('store_unavailable', 'The secret’s ref is outside of what this broker may read.');
}
