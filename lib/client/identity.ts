import { isJsonObject, type JsonObject, own } from '../wire/strict-json.ts';
import { generateXkey, type XkeyPair } from '../xkey/keys.ts';
import { type TokenSource, toToken } from './tokens/source.ts';
import { unverifiedClaims } from './tokens/unverified-claims.ts';

/** Who asks, and the key that the answer is sealed to. */
export interface Identity {
  readonly xkey: XkeyPair;
  readonly token: string;
  /** Whether an earlier request used the same token already. */
  readonly reused: boolean;
}

/** Gives each request its token and xkey. */
export interface Identities {
  forRequest(signal: AbortSignal): Promise<Identity>;
  /** Forgets this one, after the broker refused its token. */
  discard(identity: Identity): void;
}

/** A bound token is used again for at most this long (ms), well below what issuers' entries allow as a token's age. */
const BOUND_FOR = 300_000;
/** A bound token is not used in its last moments (ms): it must still be valid when the broker looks. */
const LAST_MOMENTS = 30_000;

interface Held extends Identity {
  readonly bound: boolean;
  readonly until: number;
}

/**
 * Keeps a token and its xkey together. A bound token is good for one xkey only, so both are used again while the token is
 * valid. A token with a `jti` may be tied to its first recipient by the broker (`jti: once`), so it keeps its xkey for as long
 * as the source gives that same token. Every other token gets a fresh xkey each time.
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
    // The key that was offered belongs to the last token; one that is bound to it must keep it all the same.
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

/** `exp` in milliseconds; never, where there is none. */
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

/** The promise's outcome, unless the signal ends first: one caller's deadline must not end a load that others share. */
function abandonedBy<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
