import type { Ask, Journal, Questions } from '../broker/ask.ts';
import { WaxsealError } from '../wire/errors.ts';
import { type Operation, typOf } from '../wire/operations.ts';
import { checkShape, OPENED_REQUEST, PLAIN_REQUEST } from '../wire/requests.ts';
import { isJsonObject, own, parseStrictJson } from '../wire/strict-json.ts';
import type { Received } from './receive.ts';

/** A sealed request's `iat` may be this far from our clock, in seconds, either way. */
const MAX_AGE_S = 120;

/** What the HTTP layer knows of a request beside its body. */
export interface Envelope {
  readonly requestId: string;
  readonly operation: Operation;
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly journal: Journal;
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Makes the question to the broker out of what was received: token and proof come from the headers of a plain request, and
 * from inside the box of a sealed one, never from both.
 * @throws WaxsealError `invalid_request`, `invalid_token`, `stale_request`
 */
export function toAsk(received: Received, envelope: Envelope): Ask {
  return received.content instanceof Uint8Array
    ? sealedAsk(received, received.content, envelope)
    : plainAsk(received, envelope);
}

function plainAsk(received: Received, envelope: Envelope): Ask {
  const { recipient: _, ...question } = checkShape(PLAIN_REQUEST[envelope.operation], received.content as never);
  const proof = envelope.headers.get('dpop');
  return ask(received, envelope, question, bearerToken(envelope.headers.get('authorization')), proof ?? undefined);
}

function sealedAsk(received: Received, opened: Uint8Array, envelope: Envelope): Ask {
  if (envelope.headers.has('authorization') || envelope.headers.has('dpop')) {
    throw new WaxsealError('invalid_request', 'A sealed request carries its token and proof inside, not in headers.');
  }
  const content = parseStrictJson(opened);
  const schema = OPENED_REQUEST[envelope.operation];
  if (!isJsonObject(content) || own(content, 'typ') !== `${typOf(envelope.operation)}.request`) {
    throw new WaxsealError('invalid_request', 'The sealed request is not of the type that belongs to this path.');
  }
  const { typ: _, token, nonce: __, iat, proof, ...question } = checkShape(schema, content);
  if (Math.abs(envelope.now / 1000 - iat) > MAX_AGE_S) throw new WaxsealError('stale_request');
  return ask(received, envelope, question, token, proof);
}

function ask(received: Received, envelope: Envelope, question: object, token: string, proof: string | undefined): Ask {
  const { recipient, requestHash, sealedHash } = received;
  const { requestId, operation, method, path, journal, signal } = envelope;
  return {
    requestId,
    operation,
    question: question as Questions[Operation],
    token,
    ...(proof === undefined ? {} : { proof }),
    recipient,
    requestHash,
    ...(sealedHash === undefined ? {} : { sealedHash }),
    method,
    path,
    journal,
    signal,
  };
}

/** RFC 6750 section 2.1. A header that came twice arrives joined by a comma, which no token holds. */
function bearerToken(header: string | null): string {
  if (header === null) throw new WaxsealError('invalid_token', 'There is no bearer token.');
  const match = /^bearer ([A-Za-z0-9_.~+/-]+=*)$/i.exec(header);
  if (match === null) throw new WaxsealError('invalid_token', 'The Authorization header is not one bearer token.');
  return match[1]!;
}
