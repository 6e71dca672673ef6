import { fromBase64url } from '../../wire/bytes.ts';
import { WaxsealError } from '../../wire/errors.ts';
import { isJsonObject, type JsonObject, parseStrictJson } from '../../wire/strict-json.ts';

/** What a token source gets. */
export interface TokenWanted {
  /** The broker's audience, for example `https://secrets.example.com`. */
  readonly audience: string;
  /** The public xkey (`X…`) that the answer will be sealed to. If the source can, it binds the token to it. */
  readonly xkey: string;
  /** Aborts at the request's deadline. Pass it on to whatever the source waits for. */
  readonly signal: AbortSignal;
}

/**
 * Gets the workload's token (a JWT). Any function will do. A token whose audience is {@link boundAudience}, or whose `cnf` names
 * the xkey, is useless to anyone who steals it, and is used again with the same xkey while it is valid.
 * @example
 * const client = new WaxsealClient({ url, brokerKeys, token: async ({ audience, signal }) => myToken(audience, signal) });
 */
export type TokenSource = (wanted: TokenWanted) => Promise<string>;

/** The choice that a source offers if it can bind. */
export interface BindingChoice {
  /** Bind the token to the xkey by its audience (default: true). False if an issuer's policy wants the bare audience. */
  readonly bind?: boolean;
}

/** The audience of a token that is bound to an xkey: `<broker audience>#<xkey>`. */
export function boundAudience(wanted: Pick<TokenWanted, 'audience' | 'xkey'>): string {
  return `${wanted.audience}#${wanted.xkey}`;
}

/** The audience that a source asks for: bound to the xkey, unless the choice says otherwise. */
export function audienceFor(wanted: TokenWanted, choice: BindingChoice): string {
  return choice.bind === false ? wanted.audience : boundAudience(wanted);
}

/** The longest token that brokers accept, in characters. */
const MAX_TOKEN_LENGTH = 8192;

/**
 * Accepts a token from outside: trims white space and checks that it has the form of a JWT.
 * @throws WaxsealError `invalid_token` if it does not; the message never quotes it
 */
export function toToken(text: unknown): string {
  const token = typeof text === 'string' ? text.trim() : '';
  if (token === '') throw new WaxsealError('invalid_token', 'The token source returned no token.');
  if (token.length > MAX_TOKEN_LENGTH) throw new WaxsealError('invalid_token', 'The token is longer than 8 KiB.');
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) {
    throw new WaxsealError(
      'invalid_token',
      'The token source returned something that is not a JWT: three base64url parts joined by dots.',
    );
  }
  return token;
}

/**
 * The claims of one's own token, unverified: good for knowing when it ends and whether it is bound, never for trusting anyone.
 * Undefined if they cannot be read; the broker will say why.
 */
export function unverifiedClaims(token: string): JsonObject | undefined {
  const payload = fromBase64url(token.split('.')[1] ?? '');
  if (payload === undefined) return undefined;
  try {
    const claims = parseStrictJson(payload);
    return isJsonObject(claims) ? claims : undefined;
  } catch {
    return undefined;
  }
}
