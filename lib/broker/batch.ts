import type { Undelivered } from '../admission/request.ts';
import type { EnvelopeRefusal, EnvelopeValue } from '../wire/envelope.ts';
import { WaxsealError } from '../wire/errors.ts';
import type { Want } from '../wire/requests.ts';
import { envelopeRefusal, envelopeValue, type ReadSecret } from './value.ts';

/** Longest opened payload of a batch, in bytes. */
export const MAX_BATCH_BYTES = 3 * 1024 * 1024;

/** More than an envelope takes besides its entries: `typ`, `request` and the keys to pin. */
const HEAD_BYTES = 1024;

/** More than an entry takes besides its value: name, field and version, all of bounded length. */
const ENTRY_BYTES = 4096;

type Outcome = EnvelopeValue | WaxsealError;

/** A batch's entries, in the order asked, and for the log what was allowed but not released. */
export interface BatchEntries {
  readonly secrets: readonly (EnvelopeValue | EnvelopeRefusal)[];
  readonly undelivered: readonly Undelivered[];
}

/** Makes the entries of a batch's envelope. What does not fit into the payload is refused as `too_large`. */
export function batchEntries(wants: readonly Want[], read: readonly (ReadSecret | WaxsealError)[]): BatchEntries {
  const outcomes = withinRoom(
    wants,
    read.map((one) => (one instanceof WaxsealError ? one : envelopeValue(one))),
  );
  const undelivered: Undelivered[] = [];
  const secrets = outcomes.map((outcome, index) => {
    if (!(outcome instanceof WaxsealError)) return outcome;
    const want = wants[index]!;
    if (outcome.code !== 'access_denied') undelivered.push({ secret: want.secret, refusal: outcome });
    return envelopeRefusal(want, outcome);
  });
  return { secrets, undelivered };
}

/**
 * Values are put in as long as the payload stays within its bound; the first that does not fit and those after it are
 * `too_large`. Room for a refusal of every entry is reserved first, so that there is always space for refusals.
 */
function withinRoom(wants: readonly Want[], outcomes: readonly Outcome[]): readonly Outcome[] {
  if (surelyFits(outcomes)) return outcomes;
  const full = new WaxsealError('too_large');
  const reserved = outcomes.map((outcome, index) =>
    size(envelopeRefusal(wants[index]!, outcome instanceof WaxsealError ? outcome : full)),
  );
  let room = MAX_BATCH_BYTES - HEAD_BYTES;
  for (const bytes of reserved) room -= bytes;
  return outcomes.map((outcome, index) => {
    if (outcome instanceof WaxsealError) return outcome;
    room -= Math.max(0, size(outcome) - reserved[index]!);
    return room >= 0 ? outcome : full;
  });
}

/** Whether the values fit even if JSON takes six bytes for each of their characters. Most batches are nowhere near. */
function surelyFits(outcomes: readonly Outcome[]): boolean {
  let most = HEAD_BYTES;
  for (const outcome of outcomes) {
    const value = outcome instanceof WaxsealError ? undefined : (outcome.string ?? outcome.binary);
    most += ENTRY_BYTES + 6 * (value?.length ?? 0);
  }
  return most <= MAX_BATCH_BYTES;
}

/** Bytes of an entry and the comma after it. */
function size(entry: object): number {
  return Buffer.byteLength(JSON.stringify(entry)) + 1;
}
