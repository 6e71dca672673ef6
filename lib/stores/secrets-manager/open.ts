import { WaxsealError } from '../../wire/errors.ts';
import type { Fetched, Lookup, SecretReader } from '../store.ts';
import { secretNameOf } from './secret-id.ts';

/** What a broker needs to read Secrets Manager. */
export interface SecretsManagerParts {
  readonly reader: SecretReader;
  /** Prefixes of names in Secrets Manager, as in `WAXSEAL_SECRET_PREFIXES` (default: every ref may be read). */
  readonly prefixes?: readonly string[];
}

/** The reader of a store of this kind. */
export function openSecretsManager({ reader, prefixes }: SecretsManagerParts): SecretReader {
  return prefixes === undefined ? reader : withinPrefixes(reader, prefixes);
}

/**
 * Limits a reader to refs under some name prefixes, whatever the catalog says. A record that points elsewhere, such as at the
 * broker's own keys, which its role may also read, gets nothing. The role has the same limit; this check comes first.
 * @returns a reader that refuses other refs: `get` throws and `getMany` returns `store_unavailable`
 */
export function withinPrefixes(reader: SecretReader, prefixes: readonly string[]): SecretReader {
  const allowed = ({ ref }: Lookup) => prefixes.some((prefix) => secretNameOf(ref).startsWith(prefix));
  return {
    get: async (lookup, signal) => {
      if (!allowed(lookup)) throw outside();
      return reader.get(lookup, signal);
    },
    async getMany(lookups, signal) {
      const values = await reader.getMany(lookups.filter(allowed), signal);
      const inOrder = values.values();
      return lookups.map((one): Fetched => (allowed(one) ? inOrder.next().value! : outside()));
    },
  };
}

function outside(): WaxsealError {
  return new WaxsealError('store_unavailable', 'The secret’s ref is outside the prefixes that this broker may read.');
}
