import { WaxsealError } from '../../wire/errors.ts';

/** What a token source is told. */
export interface TokenWanted {
  /** The broker's audience, for example `https://secrets.example.com`. */
  readonly audience: string;
  /** The public xkey (`X…`) that the answer will be sealed to. A source that can binds the token to it. */
  readonly xkey: string;
  /** Ends with the request's time; to be passed on to whatever the source waits for. */
  readonly signal: AbortSignal;
}

/**
 * Gets the workload's token (a JWT). It may be any function; a token whose audience is {@link boundAudience}, or whose `cnf`
 * names the xkey, is useless to whoever steals it, and is used again with the same xkey while it is valid.
 * @example
 * const client = new WaxsealClient({ url, brokerKeys, token: async ({ audience, signal }) => myToken(audience, signal) });
 */
export type TokenSource = (wanted: TokenWanted) => Promise<string>;

/** What a source that can bind lets its user choose. */
export interface BindingChoice {
  /** Bind the token to the xkey by its audience; true unless told. False where an issuer's policy wants the bare audience. */
  readonly bind?: boolean;
}

/** The audience of a token that is bound to an xkey: `<broker audience>#<xkey>`. */
export function boundAudience(wanted: Pick<TokenWanted, 'audience' | 'xkey'>): string {
  return `${wanted.audience}#${wanted.xkey}`;
}

/** The audience that a source asks for: bound to the xkey, unless told otherwise. */
export function audienceFor(wanted: TokenWanted, choice: BindingChoice): string {
  return choice.bind === false ? wanted.audience : boundAudience(wanted);
}

/** The longest token that brokers accept, in characters. */
export const MAX_TOKEN_LENGTH = 8192;

/**
 * Takes a token from outside: without the white space around it, in the form of a JWT.
 * @throws WaxsealError `invalid_token` where it is something else; the text never quotes it
 */
export function toToken(text: unknown): string {
  const token = typeof text === 'string' ? text.trim() : '';
  if (token === '') throw new WaxsealError('invalid_token', 'The token source gave no token.');
  if (token.length > MAX_TOKEN_LENGTH) throw new WaxsealError('invalid_token', 'The token is longer than 8 KiB.');
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) {
    throw new WaxsealError(
      'invalid_token',
      'What the token source gave is no JWT: three base64url parts joined by dots.',
    );
  }
  return token;
}
