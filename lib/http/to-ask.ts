import { compact } from '../wire/compact.ts';
import { WaxsealError } from '../wire/errors.ts';
import { checkShape } from '../wire/requests.ts';
import { isJsonObject, type JsonObject, own, parseStrictJson } from '../wire/strict-json.ts';
import type { Received } from './receive.ts';
import type { Route, RoutedAsk } from './route.ts';

/** How far a sealed request's `iat` may be from our clock, in seconds, either way. */
const MAX_AGE_S = 120;

/** What the HTTP layer knows of a request besides its body. */
export interface RequestContext
  extends Pick<RoutedAsk, 'requestId' | 'operation' | 'method' | 'path' | 'now' | 'journal' | 'signal'> {
  readonly headers: Headers;
}

/** What is asked, and with which token and proof. */
type Content = Pick<RoutedAsk, 'question' | 'token'> & { readonly proof: string | undefined };

/**
 * Turns what was received into the ask that a route's operation takes. Token and proof come from the headers of a plain
 * request, and from inside the box of a sealed one, never from both.
 * @throws WaxsealError `invalid_request`, `invalid_token`, `stale_request`
 */
export function toAsk<Plane>(received: Received, route: Route<Plane>, context: RequestContext): RoutedAsk {
  const { headers, ...known } = context;
  const { recipient, requestHash, sealedHash, content } = received;
  const read = content instanceof Uint8Array ? readOpened(content, route, context) : readPlain(content, route, headers);
  return compact({ ...known, ...read, recipient, requestHash, sealedHash });
}

function readPlain<Plane>(body: JsonObject, route: Route<Plane>, headers: Headers): Content {
  const { recipient: _, ...question } = checkShape(route.plain, body);
  const proof = headers.get('dpop') ?? undefined;
  return { question, token: bearerToken(headers.get('authorization')), proof };
}

function readOpened<Plane>(opened: Uint8Array, route: Route<Plane>, { headers, now }: RequestContext): Content {
  if (headers.has('authorization') || headers.has('dpop')) {
    throw new WaxsealError('invalid_request', 'A sealed request carries its token and proof inside, not in headers.');
  }
  const content = parseStrictJson(opened);
  if (!isJsonObject(content) || own(content, 'typ') !== `${route.typ}.request`) {
    throw new WaxsealError('invalid_request', 'The typ of the sealed request is for another endpoint.');
  }
  const { typ: _, token, nonce: __, iat, proof, ...question } = checkShape(route.opened, content);
  if (Math.abs(now / 1000 - iat) > MAX_AGE_S) throw new WaxsealError('stale_request');
  return { question, token, proof };
}

/** RFC 6750 section 2.1. A header that was sent twice arrives joined by a comma, which no token contains. */
function bearerToken(header: string | null): string {
  if (header === null)
    throw new WaxsealError('invalid_token', 'The request has no Authorization header with a bearer token.');
  const match = /^bearer ([A-Za-z0-9_.~+/-]+=*)$/i.exec(header);
  if (match === null) throw new WaxsealError('invalid_token', 'The Authorization header is not a single bearer token.');
  return match[1]!;
}
