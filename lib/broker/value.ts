import type { StoreDirectory } from '../stores/directory.ts';
import { selectField } from '../stores/fields.ts';
import type { Fetched } from '../stores/store.ts';
import { toBase64url } from '../wire/bytes.ts';
import { compact } from '../wire/compact.ts';
import type { EnvelopeRefusal, EnvelopeValue, ShownVersion } from '../wire/envelope.ts';
import { toRefusal, WaxsealError } from '../wire/errors.ts';
import type { Want } from '../wire/requests.ts';
import type { SecretValue } from '../wire/secret-value.ts';
import type { Ruling } from './ruling.ts';
import { shownVersion } from './versions.ts';

/** A secret that was read and may be released. */
export interface ReadSecret {
  readonly want: Want;
  readonly version: ShownVersion;
  /** The whole value, or the field's if one is wanted. */
  readonly value: SecretValue;
  /** RFC 3339: when it makes sense to ask again. */
  readonly refreshAfter: string;
}

/**
 * Fetches the secrets whose rulings allow, in the rulings' order; undefined where no store was asked. Never throws: what fails
 * is returned in its place.
 */
export async function fetchAllowed(
  rulings: readonly Ruling[],
  stores: StoreDirectory,
  signal: AbortSignal,
): Promise<readonly (Fetched | undefined)[]> {
  const lookups = rulings.flatMap(({ want, record, version, decision }, index) =>
    decision.allowed && version.storeVersion !== undefined
      ? [{ name: want.secret, record, version: version.storeVersion, index }]
      : [],
  );
  const fetched = new Array<Fetched | undefined>(rulings.length);
  if (lookups.length === 0) return fetched;
  const values = await stores.getMany(lookups, signal);
  for (const [at, { index }] of lookups.entries()) fetched[index] = values[at];
  return fetched;
}

/**
 * The result of one ruling: a secret to release, or the refusal. The field is selected even if the caller has this
 * version already, so that `unchanged` never speaks of a field that does not exist.
 */
export function readSecret(
  { want, record, decision }: Ruling,
  fetched: Fetched | undefined,
  refreshAfter: string,
): ReadSecret | WaxsealError {
  if (!decision.allowed) return new WaxsealError('access_denied');
  if (fetched === undefined) return new WaxsealError('not_found');
  if (fetched instanceof WaxsealError) return fetched;
  try {
    const value = want.field === undefined ? fetched.value : selectField(fetched.value, want.field);
    return { want, version: shownVersion(fetched.versionId, record), value, refreshAfter };
  } catch (error) {
    return toRefusal(error);
  }
}

/** How an envelope shows a secret: with its value, or as `unchanged` if the caller has this version already. */
export function envelopeValue({ want, version, value, refreshAfter }: ReadSecret): EnvelopeValue {
  const head = compact({ secret: want.secret, version, field: want.field, refresh_after: refreshAfter });
  if (want.known_version === version) return { ...head, unchanged: true };
  const revealed = value.reveal();
  return typeof revealed === 'string' ? { ...head, string: revealed } : { ...head, binary: toBase64url(revealed) };
}

/** How a batch's envelope shows a secret that is not released. */
export function envelopeRefusal(want: Want, { code, message, retryAfter }: WaxsealError): EnvelopeRefusal {
  const error = retryAfter === undefined ? { code, message } : { code, message, retry_after: retryAfter };
  return { secret: want.secret, error };
}
