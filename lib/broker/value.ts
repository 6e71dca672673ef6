import { selectField } from '../stores/fields.ts';
import type { StoredValue } from '../stores/store.ts';
import { toBase64url } from '../wire/bytes.ts';
import type { EnvelopeRefusal, EnvelopeValue } from '../wire/envelope.ts';
import type { WaxsealError } from '../wire/errors.ts';
import type { Want } from '../wire/requests.ts';
import type { Ruling } from './ruling.ts';
import { shownVersion } from './versions.ts';

/**
 * What stands in the envelope for one allowed secret: its value, or `unchanged` where the caller has that version already.
 * The field is looked for in either case, so that `unchanged` never speaks of a field that does not exist.
 * @throws WaxsealError `not_found` where the secret lacks the field
 */
export function envelopeValue({ want, record }: Ruling, stored: StoredValue, refreshAfter: string): EnvelopeValue {
  const selected = want.field === undefined ? stored.value : selectField(stored.value, want.field);
  const version = shownVersion(stored.versionId, record);
  const head = {
    secret: want.secret,
    version,
    ...(want.field === undefined ? {} : { field: want.field }),
    refresh_after: refreshAfter,
  };
  if (want.known_version === version) return { ...head, unchanged: true };
  const value = selected.reveal();
  return typeof value === 'string' ? { ...head, string: value } : { ...head, binary: toBase64url(value) };
}

/** What stands in a batch's envelope for a secret that is not released. */
export function envelopeRefusal(want: Want, { code, message, retryAfter }: WaxsealError): EnvelopeRefusal {
  return {
    secret: want.secret,
    error: { code, message, ...(retryAfter === undefined ? {} : { retry_after: retryAfter }) },
  };
}
