import { WaxsealError } from '../wire/errors.ts';
import type { Operation } from '../wire/operations.ts';
import type { JsonObject } from '../wire/strict-json.ts';
import { readAnswer } from './answer.ts';
import { createIdentities, type Identity } from './identity.ts';
import type { Settings } from './options.ts';
import type { Reply } from './reply.ts';
import { sealRequest } from './sealed-request.ts';
import { post } from './transport.ts';

/** A verified envelope, with the id under which the broker's log has the request. */
export interface Verified {
  readonly envelope: JsonObject;
  readonly requestId: string | undefined;
}

/** Makes one call: sealed requests until one is answered, refused for good, or the time is up. */
export type Call = (operation: Operation, question: object, signal?: AbortSignal) => Promise<Verified>;

/** The first pause between attempts, in milliseconds; it doubles with each. */
const FIRST_PAUSE = 200;

/**
 * Makes the function that calls the broker. Within the call's time it tries again after a transient failure, with the same token
 * and recipient and a new nonce. If the broker does not hold the pinned key, it tries the next pin, never `/v1/keys` and never a
 * plain request. If a token that was used before is no longer accepted, it gets a new one, once.
 */
export function createCall(settings: Settings): Call {
  const { runtime, pins } = settings;
  const identities = createIdentities({
    source: settings.token,
    audience: settings.audience,
    now: runtime.now,
    timeoutMs: settings.timeoutMs,
  });
  /** The pin that was accepted last, so that a rotation costs one extra request in all. */
  let preferred = 0;

  async function once(operation: Operation, question: object, identity: Identity, pin: number, signal: AbortSignal) {
    const request = sealRequest(operation, question, identity, pins[pin]!, runtime.now());
    const raw = await post(settings.fetch, `${settings.url}/v1/${operation}`, request.body, signal);
    return readAnswer(raw, request, identity.xkey, operation);
  }

  /** Turns every failure into a reply, so that one loop can decide about all of them. */
  async function attempt(run: () => Promise<Reply>): Promise<Reply> {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof WaxsealError)) throw error;
      return { refusal: error, remedy: error.code === 'store_unavailable' ? 'later' : 'none' };
    }
  }

  async function call(
    operation: Operation,
    question: object,
    signal: AbortSignal,
    deadline: number,
  ): Promise<Verified> {
    let identity: Identity | undefined;
    let renewed = false;
    let pin = preferred;
    let pinsTried = 1;
    for (let tries = 0; ; ) {
      const reply = await attempt(async () => {
        identity ??= await identities.forRequest(signal);
        return once(operation, question, identity, pin, signal);
      });
      if ('envelope' in reply) {
        preferred = pin;
        return reply;
      }
      signal.throwIfAborted();
      const { refusal, remedy } = reply;
      if (remedy === 'next-pin' && pinsTried < pins.length) {
        pin = (pin + 1) % pins.length;
        pinsTried++;
      } else if (refusal.code === 'invalid_token' && identity?.reused && !renewed) {
        identities.discard(identity);
        identity = undefined;
        renewed = true;
      } else if (remedy === 'later' && tries < settings.retries) {
        const pause = pauseBefore(++tries, refusal.retryAfter, runtime.random());
        if (runtime.now() + pause >= deadline) throw refusal;
        await runtime.wait(pause, signal);
      } else throw refusal;
    }
  }

  return async (operation, question, signal) => {
    const timeout = AbortSignal.timeout(settings.timeoutMs);
    const both = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    try {
      return await call(operation, question, both, runtime.now() + settings.timeoutMs);
    } catch (error) {
      if (signal?.aborted) throw new WaxsealError('store_unavailable', 'The caller aborted the call.');
      if (timeout.aborted) throw new WaxsealError('store_unavailable', 'No answer came in time.');
      throw error instanceof WaxsealError ? error : sourceFailed(error);
    }
  };
}

/** Milliseconds: a random part of a doubling pause, and never less than the broker asked for. */
function pauseBefore(attempt: number, retryAfter: number | undefined, random: number): number {
  return (retryAfter ?? 0) * 1000 + random * FIRST_PAUSE * 2 ** (attempt - 1);
}

function sourceFailed(cause: unknown): WaxsealError {
  return new WaxsealError('invalid_token', 'The token source failed. See the cause of this error.', {
    cause,
  });
}
