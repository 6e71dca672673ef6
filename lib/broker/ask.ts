import type { UnverifiedRequest } from '../admission/request.ts';
import type { Missing } from '../mapping/access.ts';
import type { EnvelopeRefusal, EnvelopeValue, ListedSecret } from '../wire/envelope.ts';
import type { Operation } from '../wire/operations.ts';
import type { ListQuery, Want } from '../wire/requests.ts';

/** What each operation asks for. */
export interface Questions {
  readonly get: Want;
  readonly 'batch-get': { readonly secrets: readonly Want[] };
  readonly list: ListQuery;
  readonly 'can-i': Want;
}

/** What each operation answers: the members of its envelope besides `typ`, `request` and `keys`. */
export interface Results {
  readonly get: EnvelopeValue;
  readonly 'batch-get': { readonly secrets: readonly (EnvelopeValue | EnvelopeRefusal)[] };
  readonly list: Listing;
  readonly 'can-i': Permission;
}

/** The secrets that a caller may read, in order of their names. */
export interface Listing {
  readonly secrets: readonly ListedSecret[];
  /** Opaque: continues after the last name. For the same caller, for ten minutes. */
  readonly next?: string;
}

/** Whether the caller would get a secret, and if not, what the mappings for this caller still require. */
export type Permission =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly code: 'access_denied'; readonly missing: readonly Missing[] };

/** A request to the broker. */
export interface Ask<O extends Operation = Operation> extends UnverifiedRequest<O> {
  readonly question: Questions[O];
}
