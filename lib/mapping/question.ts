import type { Binding } from '../entries/issuer.ts';
import type { VersionName } from '../entries/mapping.ts';
import type { Caller } from '../token/caller.ts';

/** The names that one version of a secret goes by: the alias, the number, the store's id, as far as they are known. */
export interface VersionNames {
  /** All names that are known to mean this version, for example `['current', 4, 'a1b2…']`. */
  readonly names: readonly VersionName[];
  /** Whether these are all names it can have. Where not, a deny that speaks of versions is taken to overlap. */
  readonly complete: boolean;
}

/** What a decision is about: who, what, how bound, when. */
export interface Question {
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

/** Why an allow mapping whose issuer and subject fit does not allow. */
export type Missing =
  | { readonly kind: 'claim'; readonly claim: string }
  | { readonly kind: 'field' }
  | { readonly kind: 'version' }
  | { readonly kind: 'time' }
  | { readonly kind: 'binding'; readonly binding: Binding };

/** The outcome. `mapping` is the id of the rule that decided; undefined where no rule fits (default deny). */
export type Decision =
  | { readonly allowed: true; readonly mapping: string; readonly shadow: readonly string[] }
  | {
      readonly allowed: false;
      readonly mapping: string | undefined;
      /** What kept each allow mapping for this issuer, subject and secret from allowing; empty where a deny decided. */
      readonly missing: readonly Missing[];
      readonly shadow: readonly string[];
    };
