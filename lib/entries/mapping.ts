import type { Binding } from './issuer.ts';

/** What a claim must be: one of these values. A string may be a glob (see glob.ts); numbers and booleans match exactly. */
export type ClaimRule = string | number | boolean | readonly (string | number | boolean)[];

/** A version that a mapping speaks of: an alias, a revision number, or a store's own id. */
export type VersionName = 'current' | 'previous' | number | string;

/**
 * One rule: which workloads may read which secrets (or, with `deny`, may not). Field names are those of catalog.yaml.
 * Times are seconds since the epoch.
 */
export interface Mapping {
  /** Derived from the content: the same rule has the same id in every catalog, a changed rule has another. */
  readonly id: string;
  /** A name, or a pattern: `payments/*` grants every name below, at any depth. */
  readonly secret: string;
  readonly issuer: string;
  /** Exact, or a glob: `*` stays inside a segment (`:` or `/` ends one), `**` crosses. */
  readonly subject: string;
  /** Claim name, or JSON pointer (RFC 6901) where it starts with `/` → wanted value. All must hold. */
  readonly claims?: Readonly<Record<string, ClaimRule>>;
  /** Grants these fields and not the whole. */
  readonly fields?: readonly string[];
  /** Grants these versions only; all unless told. */
  readonly versions?: readonly VersionName[];
  readonly notBefore?: number;
  readonly expiresAt?: number;
  /** Demands that add to the issuer's. */
  readonly require?: readonly Binding[];
  readonly effect: 'allow' | 'deny';
  /** `shadow`: recorded, not enforced. */
  readonly mode: 'enforce' | 'shadow';
}
