import { boundAudience, type TokenSource } from '../../lib/client/tokens/source.ts';
import { toBase64url } from '../../lib/wire/bytes.ts';

/** A string in the form of a JWT with these claims and a made-up signature: for clients, which never verify their own token. */
export function unsignedToken(claims: object = {}): string {
  const part = (value: object) => toBase64url(new TextEncoder().encode(JSON.stringify(value)));
  return `${part({ alg: 'ES256' })}.${part({ sub: 'test', ...claims })}.c2ln`;
}

/** A source of tokens bound to the xkey by their audience. It records what it was asked for. */
export function bindingSource(claims: object = {}): TokenSource & { asked: string[] } {
  const asked: string[] = [];
  const source: TokenSource = async (wanted) => {
    asked.push(boundAudience(wanted));
    return unsignedToken({ aud: boundAudience(wanted), jti: String(asked.length), ...claims });
  };
  return Object.assign(source, { asked });
}
