import type { JSONWebKeySet } from 'jose';

/** Signature algorithms that an issuer's entry may allow: asymmetric ones only (RFC 7518, RFC 8037, RFC 9864). */
export const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** Ways in which a request can be bound to the recipient's xkey. Demands of issuer and mapping add up. */
export const BINDINGS = ['sealed', 'audience-bound', 'cnf', 'proof'] as const;
export type Binding = (typeof BINDINGS)[number];

/** Where an OIDC issuer's keys come from. */
export type KeySource = { discovery: true } | { jwksUri: string } | { jwks: JSONWebKeySet };

/** Whoever signs tokens and is trusted for it: an entry of the catalog. Times are seconds. */
export interface TrustedIssuer {
  /** Equals `iss` to the letter: a URL, or a public nkey (`A…`) where kind is `nkey`. */
  readonly issuer: string;
  readonly kind: 'oidc' | 'nkey';
  /** The broker's audience in this issuer's tokens. Undefined only for nkey issuers, whose tokens then must not have one. */
  readonly audience?: string;
  readonly algorithms: readonly Algorithm[];
  /** Undefined for nkey issuers: their key is the `iss`. */
  readonly keys?: KeySource;
  /** Oldest token accepted, since `iat`, which then is required. */
  readonly maxTokenAge?: number;
  /** Longest `exp − iat` accepted; `iat` then is required. */
  readonly maxLifetime?: number;
  /** Accept tokens without `exp`. */
  readonly noExp: boolean;
  /** Demands that every request of this issuer's callers meets. */
  readonly require: readonly Binding[];
  /** `once`: the first allowed get or batch ties (issuer, jti) to its recipient. */
  readonly jti: 'any' | 'once';
  /** How many leading segments of the subject index glob mappings. */
  readonly subjectAnchor: number;
  /** A claim whose value indexes mappings in place of the subject's first segments (for example `repository_id`). */
  readonly anchorClaim?: string;
  /** `suspended` refuses every token of this issuer: the kill switch. */
  readonly state: 'active' | 'suspended';
  /** Changes whenever anything above changes. */
  readonly revision: string;
}
