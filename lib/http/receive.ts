import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { BrokerKeys } from '../keys/broker-keys.ts';
import { fromBase64url } from '../wire/bytes.ts';
import { WaxsealError } from '../wire/errors.ts';
import { checkShape, SEALED_REQUEST } from '../wire/requests.ts';
import { isJsonObject, type JsonObject, own, parseStrictJson } from '../wire/strict-json.ts';
import { open } from '../xkey/box.ts';
import { type PublicXkey, parsePublicXkey } from '../xkey/keys.ts';

/** A request's body: parsed, and opened if it was sealed. From here on, refusals of a sealed request are sealed too. */
export interface Received {
  readonly recipient: PublicXkey;
  /** The plain body, or the bytes from inside the box: not parsed yet, so that what is wrong with them is answered in a box. */
  readonly content: JsonObject | Uint8Array;
  /** SHA-256, base64url, of the body as sent, or of the opened bytes. */
  readonly requestHash: string;
  /** SHA-256, base64url, of the sealed bytes. */
  readonly sealedHash?: string;
}

/** Recent recipients: a client that keeps using a token keeps using its xkey, and importing one costs 25 µs. */
const recipients = new LRUCache<string, PublicXkey>({ max: 1_000 });

/**
 * Parses a body, and opens it if it is sealed.
 * @param now when the request arrived, in milliseconds since the epoch
 * @throws WaxsealError `invalid_request`, `invalid_recipient`, `unknown_broker_key`
 */
export async function receive(
  bytes: Uint8Array,
  keys: BrokerKeys,
  now: number,
  signal: AbortSignal,
): Promise<Received> {
  const body = parseStrictJson(bytes);
  if (!isJsonObject(body)) throw new WaxsealError('invalid_request', 'The body is not a JSON object.');
  if (own(body, 'sealed') === undefined) {
    return { recipient: recipientOf(body), content: body, requestHash: sha256(bytes) };
  }
  const outer = checkShape(SEALED_REQUEST, body);
  const recipient = importRecipient(outer.recipient);
  const sealed = fromBase64url(outer.sealed);
  if (sealed === undefined) {
    throw new WaxsealError('invalid_request', 'The sealed message is not base64url.', { pointer: '/sealed' });
  }
  const brokerKey = await keys.find(outer.broker_key, now, signal);
  if (brokerKey === undefined) throw new WaxsealError('unknown_broker_key');
  const opened = open(sealed, recipient, brokerKey);
  return { recipient, content: opened, requestHash: sha256(opened), sealedHash: sha256(sealed) };
}

function recipientOf(body: JsonObject): PublicXkey {
  const recipient = own(body, 'recipient');
  if (typeof recipient !== 'string') {
    throw new WaxsealError('invalid_recipient', 'The request has no recipient.', { pointer: '/recipient' });
  }
  return importRecipient(recipient);
}

function importRecipient(text: string): PublicXkey {
  const known = recipients.get(text);
  if (known !== undefined) return known;
  const recipient = parsePublicXkey(text);
  recipients.set(text, recipient);
  return recipient;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url');
}
