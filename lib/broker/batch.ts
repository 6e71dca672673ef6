import type { EnvelopeRefusal, EnvelopeValue } from '../wire/envelope.ts';
import { WaxsealError } from '../wire/errors.ts';
import type { Want } from '../wire/requests.ts';
import { envelopeRefusal } from './value.ts';

/** The opened payload of a batch is at most this long, in bytes. */
export const MAX_BATCH_BYTES = 3 * 1024 * 1024;

/** More than an envelope takes beside its entries: `typ`, `request` and the keys to pin. */
const HEAD_BYTES = 1024;

/** More than an entry takes beside its value: name, field and version, each of them bounded. */
const ENTRY_BYTES = 4096;

/**
 * The entries of a batch's envelope, in order. Values are put in as long as the payload stays within its bound; that one and
 * those after it are `too_large`. Room for a refusal of every entry is set aside first, so that refusals never lack it.
 */
export function withinRoom(
  wants: readonly Want[],
  values: readonly (EnvelopeValue | WaxsealError)[],
): (EnvelopeValue | EnvelopeRefusal)[] {
  const full = new WaxsealError('too_large');
  const refusals = values.map((value, index) =>
    envelopeRefusal(wants[index]!, value instanceof WaxsealError ? value : full),
  );
  if (surelyFits(values)) return values.map((value, at) => (value instanceof WaxsealError ? refusals[at]! : value));
  let room = MAX_BATCH_BYTES - HEAD_BYTES;
  for (const refusal of refusals) room -= size(refusal);
  return values.map((value, index) => {
    if (value instanceof WaxsealError) return refusals[index]!;
    room -= Math.max(0, size(value) - size(refusals[index]!));
    return room >= 0 ? value : refusals[index]!;
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

/** Bytes of an entry and the comma after it. */
function size(entry: object): number {
  return Buffer.byteLength(JSON.stringify(entry)) + 1;
}
