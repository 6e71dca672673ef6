import type { View } from '../catalog/catalog.ts';
import type { Binding } from '../entries/issuer.ts';
import type { Caller } from '../token/caller.ts';

/** A verified caller whose issuer's demands this request meets, with what the catalog says on the names. */
export interface Admitted {
  readonly caller: Caller;
  readonly view: View;
  /** The bindings that the request meets; mappings may demand some. */
  readonly met: ReadonlySet<Binding>;
}
