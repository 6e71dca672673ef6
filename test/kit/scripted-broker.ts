import { createHash } from 'node:crypto';
import { fromBase64url, toBase64url } from '../../lib/wire/bytes.ts';
import { type JsonObject, parseStrictJson } from '../../lib/wire/strict-json.ts';
import { open, seal } from '../../lib/xkey/box.ts';
import { generateXkey, parsePublicXkey, type XkeyPair } from '../../lib/xkey/keys.ts';

/** A sealed request, as sent. */
export interface SeenRequest {
  readonly url: string;
  readonly headers: Headers;
  readonly recipient: string;
  readonly brokerKey: string;
  readonly sealed: string;
  readonly signal: AbortSignal;
}

/** The same, opened by the broker it was sealed to. */
export interface OpenedRequest extends SeenRequest {
  readonly question: JsonObject;
  /** SHA-256 of the opened bytes, base64url. */
  readonly hash: string;
}

/** How one request is answered. */
export type Move = (request: OpenedRequest) => Response | Promise<Response>;

/** A broker that answers whatever the test wants, through an in-process `fetch`: for answers that a real one never sends. */
export interface ScriptedBroker {
  readonly xkey: XkeyPair;
  readonly fetch: typeof fetch;
  /** Every request so far, opened. */
  readonly requests: readonly OpenedRequest[];
}

/** Makes one. Each request takes the next move, and the last move is repeated for ever. */
export function scriptedBroker(moves: readonly Move[], xkey: XkeyPair = generateXkey()): ScriptedBroker {
  const requests: OpenedRequest[] = [];
  return {
    xkey,
    requests,
    async fetch(input, init) {
      const seen = readRequest(String(input), init!);
      // A real broker cannot open what was sealed to another key, and a move that refuses need not open it.
      const bytes =
        seen.brokerKey === xkey.text
          ? open(fromBase64url(seen.sealed)!, parsePublicXkey(seen.recipient), xkey)
          : new TextEncoder().encode('{}');
      const hash = toBase64url(createHash('sha256').update(bytes).digest());
      const request = { ...seen, question: parseStrictJson(bytes) as JsonObject, hash };
      requests.push(request);
      return moves[Math.min(requests.length, moves.length) - 1]!(request);
    },
  };
}

/** Seals an envelope to the request's recipient, as a broker does. Anyone who knows the recipient can do that. */
export function boxFor(
  request: SeenRequest,
  envelope: object,
  status = 200,
  headers: Record<string, string> = {},
): Response {
  const sender = generateXkey();
  const bytes = new TextEncoder().encode(JSON.stringify(envelope));
  const sealed = toBase64url(seal(bytes, parsePublicXkey(request.recipient), sender));
  return json({ request_id: 'req-1', sender: sender.text, sealed }, status, headers);
}

/** The move of an honest broker: these members, in the right envelope for the request. */
export function answer(members: object, typ = 'waxseal.get.v1'): Move {
  return (request) => boxFor(request, { typ, request: request.hash, ...members });
}

/** The move of an honest broker that refuses, sealed. */
export function refuse(code: string, status: number, message = 'Refused by the test.', headers = {}): Move {
  return (request) =>
    boxFor(request, { typ: 'waxseal.error.v1', request: request.hash, error: { code, message } }, status, headers);
}

/** A refusal in clear, which anyone in between can write. */
export function refuseInClear(code: string, status: number, headers: Record<string, string> = {}): Move {
  const problem = { type: 'about:blank', title: 'x', status, detail: 'gateway text', code, request_id: 'req-clear' };
  return () => json(problem, status, { 'content-type': 'application/problem+json', ...headers });
}

/** A JSON answer. */
export function json(body: object, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
}

function readRequest(url: string, init: RequestInit): SeenRequest {
  const body = JSON.parse(String(init.body)) as { recipient: string; broker_key: string; sealed: string };
  return {
    url,
    headers: new Headers(init.headers),
    recipient: body.recipient,
    brokerKey: body.broker_key,
    sealed: body.sealed,
    signal: init.signal as AbortSignal,
  };
}
