import type { JSONWebKeySet } from 'jose';
import type * as v from 'valibot';
import type { SecretEntry } from '../entries/catalog-entries.ts';
import type { KeySource, TrustedIssuer } from '../entries/issuer.ts';
import type { Mapping } from '../entries/mapping.ts';
import type { StoreEntry } from '../entries/secret.ts';
import { compact } from '../wire/compact.ts';
import { identifyIssuer, identifyMapping } from './identity.ts';
import { DEFAULT_ALGORITHMS } from './rules.ts';
import type { issuerEntry, mappingEntry, secretEntry, storeEntry } from './schema.ts';

const DEFAULT_ANCHOR = 3;

/** What an entry of `issuers` means, with everything that it leaves out filled in. The entry has been checked. */
export function toIssuer(entry: v.InferOutput<typeof issuerEntry>): TrustedIssuer {
  const kind = entry.kind ?? 'oidc';
  return identifyIssuer(
    compact({
      issuer: entry.issuer,
      kind,
      audience: entry.audience,
      algorithms: kind === 'nkey' ? (['Ed25519'] as const) : (entry.algorithms ?? DEFAULT_ALGORITHMS),
      keys: kind === 'nkey' ? undefined : toKeySource(entry),
      maxTokenAge: entry.max_token_age,
      maxLifetime: entry.max_lifetime,
      noExp: entry.no_exp ?? false,
      require: entry.require ?? [],
      jti: entry.jti ?? 'any',
      subjectAnchor: entry.subject_anchor ?? DEFAULT_ANCHOR,
      anchorClaim: entry.anchor_claim,
      state: entry.state ?? 'active',
    }),
  );
}

function toKeySource(entry: v.InferOutput<typeof issuerEntry>): KeySource {
  if (entry.jwks !== undefined) return { jwks: entry.jwks as JSONWebKeySet };
  return entry.jwks_uri === undefined ? { discovery: true } : { jwksUri: entry.jwks_uri };
}

/** What an entry of `mappings` means. The entry has been checked. */
export function toMapping(entry: v.InferOutput<typeof mappingEntry>): Mapping {
  return identifyMapping(
    compact({
      secret: entry.secret,
      issuer: entry.issuer,
      subject: entry.subject,
      claims: entry.claims,
      fields: entry.fields,
      versions: entry.versions,
      notBefore: entry.not_before,
      expiresAt: entry.expires_at,
      require: entry.require,
      effect: entry.effect ?? 'allow',
      mode: entry.mode ?? 'enforce',
    }),
  );
}

/** What an entry of `stores` means. */
export function toStore(entry: v.InferOutput<typeof storeEntry>): StoreEntry {
  return compact({ ...entry, default: entry.default ?? false });
}

/** What an entry of `secrets` means. */
export function toSecret(entry: v.InferOutput<typeof secretEntry>): SecretEntry {
  return compact({ ...entry });
}
