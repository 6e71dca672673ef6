import type { EnvelopeRefusal, EnvelopeValue } from '../wire/envelope.ts';
import { WaxsealError } from '../wire/errors.ts';
import type { Want } from '../wire/requests.ts';
import type { Undelivered } from './ask.ts';
import { envelopeRefusal } from './value.ts';

/** The opened payload of a batch is at most this long, in bytes. */
export const MAX_BATCH_BYTES = 3 * 1024 * 1024;

/** More than an envelope takes beside its entries: `typ`, `request` and the keys to pin. */
const HEAD_BYTES = 1024;

/** More than an entry takes beside its value: name, field and version, each of them bounded. */
const ENTRY_BYTES = 4096;

/**
 * What a batch releases, in order. Values are put in as long as the payload stays within its bound; that one and those after
 * it are `too_large`. Room for a refusal of every entry is set aside first, so that refusals never lack it.
 */
export function withinRoom(
  wants: readonly Want[],
  values: readonly (EnvelopeValue | WaxsealError)[],
): (EnvelopeValue | WaxsealError)[] {
  if (surelyFits(values)) return [...values];
  const full = new WaxsealError('too_large');
  const reserved = values.map((value, index) =>
    size(envelopeRefusal(wants[index]!, value instanceof WaxsealError ? value : full)),
  );
  let room = MAX_BATCH_BYTES - HEAD_BYTES;
  for (const bytes of reserved) room -= bytes;
  return values.map((value, index) => {
    if (value instanceof WaxsealError) return value;
    room -= Math.max(0, size(value) - reserved[index]!);
    return room >= 0 ? value : full;
  });
}

/** Whether the values fit even where JSON spells each of their characters in six bytes: most batches are nowhere near. */
function surelyFits(values: readonly (EnvelopeValue | WaxsealError)[]): boolean {
  let most = HEAD_BYTES;
  for (const value of values) {
    most += ENTRY_BYTES + (value instanceof WaxsealError ? 0 : 6 * (value.string ?? value.binary ?? '').length);
  }
  return most <= MAX_BATCH_BYTES;
}

/** The entries of a batch's envelope. */
export function entriesOf(
  wants: readonly Want[],
  values: readonly (EnvelopeValue | WaxsealError)[],
): (EnvelopeValue | EnvelopeRefusal)[] {
  return values.map((value, index) => (value instanceof WaxsealError ? envelopeRefusal(wants[index]!, value) : value));
}

/** What was allowed and yet not released, with why: for the log. */
export function undelivered(wants: readonly Want[], values: readonly (EnvelopeValue | WaxsealError)[]): Undelivered[] {
  return values.flatMap((value, index) =>
    value instanceof WaxsealError && value.code !== 'access_denied'
      ? [{ secret: wants[index]!.secret, refusal: value }]
      : [],
  );
}

/** Bytes of an entry and the comma after it. */
function size(entry: object): number {
  return Buffer.byteLength(JSON.stringify(entry)) + 1;
}
