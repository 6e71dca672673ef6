import { isJsonObject, type JsonObject, own } from '../wire/strict-json.ts';
import { generateXkey, type XkeyPair } from '../xkey/keys.ts';
import { type TokenSource, toToken, unverifiedClaims } from './tokens/source.ts';

/** Who is asking, and the key that the answer is sealed to. */
export interface Identity {
  readonly xkey: XkeyPair;
  readonly token: string;
  /** Whether an earlier request already used the same token. */
  readonly reused: boolean;
}

/** Provides each request's token and xkey. */
export interface Identities {
  forRequest(signal: AbortSignal): Promise<Identity>;
  /** Forgets this one, after the broker refused its token. */
  discard(identity: Identity): void;
}

/** How long a bound token is used again (ms): well below the maximum age that issuers' entries allow. */
const BOUND_FOR = 300_000;
/** A bound token is not used in its last moments (ms): it must still be valid when the broker checks it. */
const LAST_MOMENTS = 30_000;

interface Held extends Identity {
  readonly bound: boolean;
  readonly until: number;
}

/**
 * Keeps a token and its xkey together. A bound token is good for one xkey only, so both are used again while the token is
 * valid. The broker may tie a token with a `jti` to its first recipient (`jti: once`), so such a token keeps its xkey for as
 * long as the source returns it. Every other token gets a fresh xkey each time.
 */
export function createIdentities(parts: {
  source: TokenSource;
  audience: string;
  now: () => number;
  /** Bounds a load that several requests wait for, in milliseconds. */
  timeoutMs: number;
}): Identities {
  let held: Held | undefined;
  let loading: Promise<Identity> | undefined;

  async function load(): Promise<Identity> {
    const last = held !== undefined && !held.bound && parts.now() < held.until ? held : undefined;
    const xkey = last?.xkey ?? generateXkey();
    const signal = AbortSignal.timeout(parts.timeoutMs);
    const token = toToken(await parts.source({ audience: parts.audience, xkey: xkey.text, signal }));
    if (last !== undefined && token === last.token) return { ...last, reused: true };
    const claims = unverifiedClaims(token) ?? {};
    const bound = isBoundTo(claims, xkey);
    // The key that was offered belongs to the last token. A new token that is bound to it keeps it all the same.
    const fresh = { xkey: bound || last === undefined ? xkey : generateXkey(), token, reused: false };
    const until = Math.min(endOf(claims), parts.now() + BOUND_FOR + LAST_MOMENTS) - LAST_MOMENTS;
    held =
      bound || own(claims, 'jti') !== undefined ? { ...fresh, bound, until: bound ? until : endOf(claims) } : undefined;
    return fresh;
  }

  return {
    forRequest(signal) {
      if (held?.bound && parts.now() < held.until) return Promise.resolve({ ...held, reused: true });
      loading ??= load().finally(() => {
        loading = undefined;
      });
      return abandonedBy(signal, loading);
    },
    discard(identity) {
      if (held?.token === identity.token) held = undefined;
    },
  };
}

/** `exp` in milliseconds; infinite without one. */
function endOf(claims: JsonObject): number {
  const exp = own(claims, 'exp');
  return typeof exp === 'number' ? exp * 1000 : Number.POSITIVE_INFINITY;
}

function isBoundTo(claims: JsonObject, xkey: XkeyPair): boolean {
  const audience = own(claims, 'aud');
  const single = Array.isArray(audience) && audience.length === 1 ? audience[0] : audience;
  if (typeof single === 'string' && single.endsWith(`#${xkey.text}`)) return true;
  const confirmation = own(claims, 'cnf');
  const jwk = isJsonObject(confirmation) ? own(confirmation, 'jwk') : undefined;
  return isJsonObject(jwk) && own(jwk, 'x') === xkey.key.export({ format: 'jwk' }).x;
}

/** The promise's result, unless the signal aborts first: one caller's deadline must not end a load that others share. */
function abandonedBy<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
