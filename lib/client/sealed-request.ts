import { createHash, randomBytes } from 'node:crypto';
import { toBase64url } from '../wire/bytes.ts';
import type { Operation } from '../wire/operations.ts';
import { typOf } from '../wire/operations.ts';
import { seal } from '../xkey/box.ts';
import type { PublicXkey } from '../xkey/keys.ts';
import type { Identity } from './identity.ts';

/** A request that is ready to be sent, and what its answer must prove. */
export interface SealedRequest {
  readonly body: string;
  /** SHA-256 of the opened bytes. They hold the nonce, so only someone who opened the request can name it. Never logged. */
  readonly hash: Uint8Array;
}

/**
 * Makes a sealed request: the question with the token, a fresh nonce and the time, in a box for the broker's pinned key, so that
 * nobody in between sees the token or replaces the recipient.
 * @param question the operation's own members
 * @param now milliseconds since the epoch
 */
export function sealRequest(
  operation: Operation,
  question: object,
  identity: Identity,
  brokerKey: PublicXkey,
  now: number,
): SealedRequest {
  const opened = new TextEncoder().encode(
    JSON.stringify({
      typ: `${typOf(operation)}.request`,
      token: identity.token,
      nonce: toBase64url(randomBytes(24)),
      iat: Math.floor(now / 1000),
      ...question,
    }),
  );
  const sealed = toBase64url(seal(opened, brokerKey, identity.xkey));
  return {
    body: JSON.stringify({ recipient: identity.xkey.text, broker_key: brokerKey.text, sealed }),
    hash: createHash('sha256').update(opened).digest(),
  };
}
