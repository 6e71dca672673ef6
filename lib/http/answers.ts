import type { UnverifiedRequest } from '../admission/request.ts';
import type { BrokerKeySet } from '../keys/broker-key-set.ts';
import { ADVICE } from '../wire/advice.ts';
import { toBase64url } from '../wire/bytes.ts';
import { compact } from '../wire/compact.ts';
import type { EnvelopeHead, EnvelopeKeys } from '../wire/envelope.ts';
import { type ErrorCode, REFUSALS, type WaxsealError } from '../wire/errors.ts';
import { ERROR_TYP } from '../wire/operations.ts';
import { seal } from '../xkey/box.ts';
import { generateXkey } from '../xkey/keys.ts';

/** What an answer needs of its request. */
export type Answered = Pick<UnverifiedRequest, 'recipient' | 'requestHash'>;

/** An envelope, sealed to a request's recipient. */
export interface Sealed {
  /** The fresh public xkey that it was sealed with. */
  readonly sender: string;
  readonly sealed: Uint8Array;
}

/**
 * Seals an operation's result to the recipient.
 * @param typ names the envelope: kind, version and direction
 * @param keys given for sealed requests, whose answers a client may update its pins from
 */
export function sealResult(to: Answered, typ: string, result: object, keys: BrokerKeySet | undefined): Sealed {
  const head: EnvelopeHead = { typ, request: to.requestHash };
  return sealEnvelope(to, keys === undefined ? { ...head, ...result } : { ...head, ...result, keys: pins(keys) });
}

/** Seals a refusal, so that nobody in between can make one up for a sealed request. */
export function sealRefusal(to: Answered, { code, message, pointer }: WaxsealError): Sealed {
  return sealEnvelope(to, { typ: ERROR_TYP, request: to.requestHash, error: compact({ code, message, pointer }) });
}

function sealEnvelope({ recipient }: Answered, envelope: object): Sealed {
  const sender = generateXkey(); // fresh for each answer and then forgotten: no key of ours can open an answer later
  return { sender: sender.text, sealed: seal(Buffer.from(JSON.stringify(envelope)), recipient, sender) };
}

function pins(keys: BrokerKeySet): EnvelopeKeys {
  return { current: keys.current.text, next: keys.next?.text ?? null };
}

/** A sealed answer as a response. */
export function sealedResponse(
  { sender, sealed }: Sealed,
  requestId: string,
  status: number,
  headers: Record<string, string>,
): Response {
  const body = { request_id: requestId, sender, sealed: toBase64url(sealed) };
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
}

/** A refusal in clear as a response. */
export function problemResponse(error: WaxsealError, requestId: string): Response {
  return new Response(JSON.stringify(problem(error, requestId)), {
    status: error.status,
    headers: { 'content-type': 'application/problem+json', ...refusalHeaders(error) },
  });
}

/** A refusal as problem details (RFC 9457). `type` is the code's page, which the broker serves itself. */
export function problem(error: WaxsealError, requestId: string): object {
  return compact({
    type: `/v1/errors/${error.code}`,
    title: REFUSALS[error.code].text,
    status: error.status,
    detail: error.message,
    code: error.code,
    request_id: requestId,
    pointer: error.pointer,
  });
}

/**
 * The headers of a refusal, sealed or not: 401 carries `WWW-Authenticate` (RFC 9110 section 11.6.1), 429 and 503 carry
 * `Retry-After` in seconds.
 */
export function refusalHeaders({ status, retryAfter }: WaxsealError): Record<string, string> {
  const headers: Record<string, string> = { 'cache-control': 'no-store' };
  if (status === 401) headers['www-authenticate'] = 'Bearer';
  if (status === 429 || status === 503) headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfter ?? 1)));
  return headers;
}

/** The page that a problem's `type` points at: plain text. */
export function errorPage(code: ErrorCode): string {
  const { status, text } = REFUSALS[code];
  return `${code} (HTTP ${status})\n\n${text}\n\n${ADVICE[code].general}\n`;
}
