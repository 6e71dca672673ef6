import { createHash } from 'node:crypto';
import { toBase64url } from '../../lib/wire/bytes.ts';
import { generateXkey } from '../../lib/xkey/keys.ts';
import { encodePublicNkey } from '../../lib/xkey/nkey.ts';
import {
  answer,
  boxFor,
  json,
  type Move,
  type OpenedRequest,
  refuseInClear,
  type SeenRequest,
} from './scripted-broker.ts';

/** A well-formed public xkey whose point is of low order. */
const LOW_ORDER = encodePublicNkey('X', new Uint8Array(32));

/** What a forger wants the client to believe. */
export const FORGED_VALUE = 'forged-by-the-gateway';

const VALUE = { secret: 'payments/stripe', version: 1, string: FORGED_VALUE };
const GET = 'waxseal.get.v1';

/** The honest answer to that request, for forgeries that start from one. */
const honest = (request: OpenedRequest) =>
  answer({ secret: 'payments/stripe', version: 1, string: 'true-value' })(request);

/** A gateway that answers every request with the answer to the first. */
export function replayingGateway(): Move {
  let first: Response | undefined;
  return async (request) => {
    first ??= await honest(request);
    return first.clone();
  };
}

/**
 * Everything that someone who terminates TLS can try without the broker's private key. The client must take none of these answers
 * for a value, nor conclude from one that a secret does not exist.
 */
export const FORGERIES: Readonly<Record<string, Move>> = {
  'seals a value, with no hash': (r) => boxFor(r, { typ: GET, ...VALUE }),
  'seals a value, with the hash of the body as sent': (r) => boxFor(r, { typ: GET, request: hashOfBody(r), ...VALUE }),
  'seals a value, with the hash of the sealed bytes': (r) =>
    boxFor(r, { typ: GET, request: sha256(r.sealed), ...VALUE }),
  'seals a value, with an empty hash': (r) => boxFor(r, { typ: GET, request: '', ...VALUE }),
  'seals a refusal': (r) =>
    boxFor(r, { typ: 'waxseal.error.v1', request: hashOfBody(r), error: { code: 'not_found', message: 'x' } }, 404),
  'reflects the request': (r) => json({ request_id: 'x', sender: r.brokerKey, sealed: r.sealed }),
  'reflects the request as its own': (r) => json({ request_id: 'x', sender: r.recipient, sealed: r.sealed }),
  'seals for another recipient': (r) =>
    boxFor({ ...r, recipient: generateXkey().text }, { typ: GET, request: r.hash, ...VALUE }),
  'names a sender who did not seal': (r) => changed(honest(r), (body) => ({ ...body, sender: generateXkey().text })),
  'names a low-order sender': (r) => changed(honest(r), (body) => ({ ...body, sender: LOW_ORDER })),
  'flips a bit of the box': (r) => changed(honest(r), (body) => ({ ...body, sealed: flipped(body.sealed) })),
  'cuts the box short': (r) => changed(honest(r), (body) => ({ ...body, sealed: body.sealed.slice(0, -4) })),
  'empties the box': (r) => changed(honest(r), (body) => ({ ...body, sealed: '' })),
  'passes off the answer to another operation': (r) => answer({ allowed: true }, 'waxseal.can-i.v1')(r),
  'passes off a request as the answer': (r) => boxFor(r, { typ: `${GET}.request`, request: r.hash, ...VALUE }),
  'answers in clear': () => json(VALUE),
  'answers an envelope in clear': (r) => json({ typ: GET, request: r.hash, ...VALUE }),
  'says not found in clear': refuseInClear('not_found', 404),
  'says access denied in clear': refuseInClear('access_denied', 403),
  'says invalid token in clear': refuseInClear('invalid_token', 401),
  'says conflict in clear': refuseInClear('conflict', 409),
  'says not found with another status': refuseInClear('not_found', 200),
  'shows a page': () => new Response('<h1>404</h1>', { status: 404, headers: { 'content-type': 'text/html' } }),
  'says nothing': () => new Response(null, { status: 204 }),
  redirects: () => new Response(null, { status: 302, headers: { location: 'https://elsewhere.example/' } }),
  'names a code that there is not': refuseInClear('constructor', 404),
};

function sha256(text: string): string {
  return toBase64url(createHash('sha256').update(text).digest());
}

function hashOfBody({ recipient, brokerKey, sealed }: SeenRequest): string {
  return sha256(JSON.stringify({ recipient, broker_key: brokerKey, sealed }));
}

interface BoxBody {
  readonly request_id: string;
  readonly sender: string;
  readonly sealed: string;
}

async function changed(response: Response | Promise<Response>, change: (body: BoxBody) => BoxBody): Promise<Response> {
  return json(change((await (await response).json()) as BoxBody));
}

function flipped(sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64url');
  bytes[40]! ^= 1;
  return bytes.toString('base64url');
}
