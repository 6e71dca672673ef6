import type { Binding } from '../entries/issuer.ts';
import type { VersionName } from '../entries/mapping.ts';
import type { Caller } from '../token/caller.ts';

/** The names of one version of a secret, as far as they are known: the alias, the number, the store's own id. */
export interface VersionNames {
  /** All names that are known to mean this version, for example `['current', 4, 'a1b2…']`. */
  readonly names: readonly VersionName[];
  /** Whether the version can have no other name. If it can, a deny that lists versions is taken to overlap. */
  readonly complete: boolean;
}

/** What a decision is about: who wants to read what, how the request is bound, and when. */
export interface Access {
  readonly caller: Caller;
  readonly secret: string;
  /** Undefined: the whole secret. */
  readonly field?: string;
  readonly version: VersionNames;
  /** The bindings that this request meets. */
  readonly bindings: ReadonlySet<Binding>;
  /** Seconds since the epoch. */
  readonly now: number;
}

/** Why an allow mapping does not allow, although its issuer, secret and subject match. */
export type Missing =
  | { readonly kind: 'claim'; readonly claim: string }
  | { readonly kind: 'field' }
  | { readonly kind: 'version' }
  | { readonly kind: 'time' }
  | { readonly kind: 'binding'; readonly binding: Binding };

/** The outcome. `mapping` is the id of the rule that decided; undefined if none did (default deny). */
export type Decision =
  | { readonly allowed: true; readonly mapping: string; readonly shadow: readonly string[] }
  | {
      readonly allowed: false;
      readonly mapping: string | undefined;
      /** What kept each allow mapping for this issuer, subject and secret from allowing; empty if a deny decided. */
      readonly missing: readonly Missing[];
      readonly shadow: readonly string[];
    };
