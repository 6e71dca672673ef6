import type { Algorithm } from '../../entries/issuer.ts';
import { WaxsealError } from '../../wire/errors.ts';
import { isJsonObject, own } from '../../wire/strict-json.ts';
import { importVerificationKey, type PublicJwk, readPublicJwk, type VerificationKey } from './verification-key.ts';

/** A JWK set whose usable keys have been read. */
export interface JwkSet {
  /**
   * The one key that can have made a signature with that algorithm: the one with that `kid` or, without a `kid`, the only
   * one in the set that fits. Undefined if no key fits, or more than one does: keys are not tried in turn.
   */
  find(alg: Algorithm, kid: string | undefined): Promise<VerificationKey | undefined>;
}

/**
 * Reads a JWK set (RFC 7517 section 5). Keys that cannot be used are skipped, as the RFC recommends.
 * @throws WaxsealError `store_unavailable` if the value is not a JWK set at all
 */
export async function readJwkSet(value: unknown): Promise<JwkSet> {
  const listed = isJsonObject(value) ? own(value, 'keys') : undefined;
  if (!Array.isArray(listed)) throw new WaxsealError('store_unavailable', 'An issuer’s key document is not a JWK set.');
  const keys = (await Promise.all(listed.map(readPublicJwk))).filter((key) => key !== undefined);
  const imported = new Map<string, Promise<VerificationKey | undefined>>();

  function importOnce(key: PublicJwk, alg: Algorithm): Promise<VerificationKey | undefined> {
    const name = `${alg} ${key.thumbprint}`;
    const known = imported.get(name) ?? importVerificationKey(key, alg);
    imported.set(name, known);
    return known;
  }

  return {
    async find(alg, kid) {
      let found: PublicJwk | undefined;
      for (const key of keys) {
        if ((kid !== undefined && key.kid !== kid) || !key.algorithms.includes(alg)) continue;
        if (found !== undefined && found.thumbprint !== key.thumbprint) return undefined;
        found = key;
      }
      return found && importOnce(found, alg);
    },
  };
}
