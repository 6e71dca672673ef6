import { LRUCache } from 'lru-cache';
import type { Algorithm, TrustedIssuer } from '../../entries/issuer.ts';
import { WaxsealError } from '../../wire/errors.ts';
import { isJsonObject, own } from '../../wire/strict-json.ts';
import { createJsonFetcher, type FetchJson } from './fetch-json.ts';
import { type KeySet, readKeySet } from './jwk-set.ts';
import { createRemoteKeySet, type RemoteKeySet } from './remote-jwk-set.ts';
import type { VerificationKey } from './verification-key.ts';

/** The keys of all OIDC issuers. */
export interface KeySets {
  /**
   * The key that a token of this issuer with this `alg` and `kid` must be signed by; undefined where the issuer has none.
   * @throws WaxsealError `store_unavailable` (with `retryAfter`) where the keys cannot be had now
   */
  find(
    issuer: TrustedIssuer,
    alg: Algorithm,
    kid: string | undefined,
    signal: AbortSignal,
  ): Promise<VerificationKey | undefined>;
}

/** What key sets need. */
export interface KeySetsOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** {@link createJsonFetcher} unless told. */
  readonly fetchJson?: FetchJson;
}

/** Makes the key sets: from a static set, from a URL, or by discovery, as each issuer's entry says. */
export function createKeySets({ now, fetchJson = createJsonFetcher() }: KeySetsOptions): KeySets {
  const remote = new LRUCache<string, RemoteKeySet>({ max: 1000 });
  const fixed = new WeakMap<object, Promise<KeySet>>();

  function behind(source: string, load: () => Promise<KeySet>): RemoteKeySet {
    const known = remote.get(source) ?? createRemoteKeySet(load, now);
    remote.set(source, known);
    return known;
  }

  return {
    async find({ issuer, jwks, jwksUri, discovery }, alg, kid, signal) {
      if (jwks !== undefined) {
        const set = fixed.get(jwks) ?? readKeySet(jwks);
        fixed.set(jwks, set);
        return (await set).find(alg, kid);
      }
      if (jwksUri !== undefined) {
        const load = async () => readKeySet(await fetchJson(jwksUri));
        return behind(`jwks_uri ${jwksUri}`, load).find(alg, kid, signal);
      }
      if (!discovery) return undefined;
      const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
      const load = async () => readKeySet(await fetchJson(await discover(url, issuer, fetchJson)));
      // By the issuer and not by the URL: issuers that differ in a slash share a document, which is right for one of them.
      return behind(`issuer ${issuer}`, load).find(alg, kid, signal);
    },
  };
}

/** The key set's URL from the issuer's own document, which must say that it is this issuer's (OpenID Discovery 1.0, 4.3). */
async function discover(url: string, issuer: string, fetchJson: FetchJson): Promise<string> {
  const document = await fetchJson(url);
  const uri = isJsonObject(document) && own(document, 'issuer') === issuer ? own(document, 'jwks_uri') : undefined;
  if (typeof uri !== 'string') {
    throw new WaxsealError('store_unavailable', 'The discovery document is not one of this issuer.');
  }
  return uri;
}
