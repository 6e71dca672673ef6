import type { BrokerKeySet } from '../keys/broker-key-set.ts';
import type { EnvelopeHead, EnvelopeKeys } from '../wire/envelope.ts';
import type { WaxsealError } from '../wire/errors.ts';
import { ERROR_TYP, typOf } from '../wire/operations.ts';
import { seal } from '../xkey/box.ts';
import { generateXkey } from '../xkey/keys.ts';
import type { Answer, Ask } from './ask.ts';

/** Seals an operation's result to the recipient. `keys` is given for sealed requests, whose answers a client may pin from. */
export function sealResult(ask: Ask, result: object, keys: BrokerKeySet | undefined): Answer {
  const head: EnvelopeHead = { typ: typOf(ask.operation), request: ask.requestHash };
  return sealEnvelope(ask, keys === undefined ? { ...head, ...result } : { ...head, ...result, keys: pins(keys) });
}

/** Seals a refusal, so that nobody between can make one up for a sealed request. */
export function sealRefusal(
  ask: Pick<Ask, 'recipient' | 'requestHash'>,
  { code, message, pointer }: WaxsealError,
): Answer {
  const error = { code, message, ...(pointer === undefined ? {} : { pointer }) };
  return sealEnvelope(ask, { typ: ERROR_TYP, request: ask.requestHash, error });
}

function sealEnvelope(ask: Pick<Ask, 'recipient' | 'requestHash'>, envelope: object): Answer {
  const sender = generateXkey(); // fresh for each answer, and forgotten: no answer can be opened later with a key of ours
  return { sender: sender.text, sealed: seal(Buffer.from(JSON.stringify(envelope)), ask.recipient, sender) };
}

function pins(keys: BrokerKeySet): EnvelopeKeys {
  return { current: keys.current.text, next: keys.next?.text ?? null };
}
