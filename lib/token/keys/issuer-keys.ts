import { LRUCache } from 'lru-cache';
import type { Algorithm, TrustedIssuer } from '../../entries/issuer.ts';
import { toBase64url } from '../../wire/bytes.ts';
import { WaxsealError } from '../../wire/errors.ts';
import { isJsonObject, own } from '../../wire/strict-json.ts';
import { decodePublicNkey } from '../../xkey/nkey.ts';
import { createJsonFetcher, type FetchJson } from './fetch-json.ts';
import { type JwkSet, readJwkSet } from './jwk-set.ts';
import { createRemoteJwkSet, type RemoteJwkSet } from './remote-jwk-set.ts';
import { importVerificationKey, readPublicJwk, type VerificationKey } from './verification-key.ts';

/** The keys of all issuers. */
export interface IssuerKeys {
  /**
   * The key that must have signed a token of this issuer with this `alg` and `kid`; undefined if the issuer has no such key, or
   * its entry does not allow the algorithm. Only for issuers of the catalog: anybody can make up an account or a URL.
   * @throws WaxsealError `store_unavailable` (with `retryAfter`) if the keys cannot be fetched right now
   */
  find(
    issuer: TrustedIssuer,
    alg: Algorithm,
    kid: string | undefined,
    signal: AbortSignal,
  ): Promise<VerificationKey | undefined>;
}

/** What issuers' keys need. */
export interface IssuerKeysOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Fetches discovery documents and key sets (default: {@link createJsonFetcher}). */
  readonly fetchJson?: FetchJson;
}

/** Finds issuers' keys where each entry says: in a static set, behind a URL, by discovery, or in the name of an account. */
export function createIssuerKeys({ now, fetchJson = createJsonFetcher() }: IssuerKeysOptions): IssuerKeys {
  const remote = new LRUCache<string, RemoteJwkSet>({ max: 1000 });
  const fixed = new WeakMap<object, Promise<JwkSet>>();
  const accounts = new LRUCache<string, Promise<VerificationKey | undefined>>({ max: 256 });

  function behind(source: string, load: () => Promise<JwkSet>): RemoteJwkSet {
    const known = remote.get(source) ?? createRemoteJwkSet(load, now);
    remote.set(source, known);
    return known;
  }

  function ofAccount(account: string): Promise<VerificationKey | undefined> {
    const known = accounts.get(account) ?? accountKey(account);
    accounts.set(account, known);
    return known;
  }

  return {
    async find({ issuer, kind, algorithms, jwks, jwksUri, discovery }, alg, kid, signal) {
      if (kind === 'nkey') return alg === 'Ed25519' ? ofAccount(issuer) : undefined;
      if (!algorithms.includes(alg)) return undefined;
      if (jwks !== undefined) {
        const set = fixed.get(jwks) ?? readJwkSet(jwks);
        fixed.set(jwks, set);
        return (await set).find(alg, kid);
      }
      if (jwksUri !== undefined) {
        const load = async () => readJwkSet(await fetchJson(jwksUri));
        return behind(`jwks_uri ${jwksUri}`, load).find(alg, kid, signal);
      }
      if (!discovery) return undefined;
      const load = async () => readJwkSet(await fetchJson(await discoverJwksUri(issuer, fetchJson)));
      // By issuer, not by URL: issuers that differ only in a final slash share a document, which is right for one of them.
      return behind(`issuer ${issuer}`, load).find(alg, kid, signal);
    },
  };
}

/** The key set's URL in the issuer's own document, which must name this issuer (OpenID Connect Discovery 1.0 section 4.3). */
async function discoverJwksUri(issuer: string, fetchJson: FetchJson): Promise<string> {
  const document = await fetchJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  const uri = isJsonObject(document) && own(document, 'issuer') === issuer ? own(document, 'jwks_uri') : undefined;
  if (typeof uri !== 'string') {
    throw new WaxsealError(
      'store_unavailable',
      'An issuer’s discovery document names another issuer, or has no jwks_uri.',
    );
  }
  return uri;
}

/** The key of a wasmCloud account, which is its name: a public nkey (`A…`). Undefined if it is not, or is of small order. */
async function accountKey(account: string): Promise<VerificationKey | undefined> {
  const bytes = decodePublicNkey('A', account);
  if (bytes === undefined) return undefined;
  const jwk = await readPublicJwk({ kty: 'OKP', crv: 'Ed25519', x: toBase64url(bytes) });
  return jwk && importVerificationKey(jwk, 'Ed25519');
}
