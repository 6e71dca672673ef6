import type { JSONWebKeySet } from 'jose';
import { compact } from '../wire/compact.ts';
import { isJsonObject, type Json, type JsonObject } from '../wire/strict-json.ts';
import { ALGORITHMS, BINDINGS, type KeySource, type TrustedIssuer } from './issuer.ts';
import { readItem } from './item-reader.ts';
import type { ClaimRule, Mapping, VersionName } from './mapping.ts';
import { STORE_KIND_NAMES, type StoreEntry } from './secret.ts';

/*
 * How mappings, issuers and stores stand in the catalog's table: the names of catalog.yaml, times in seconds, defaults left
 * out, since a cell is small. Reading is strict: what is missing, of another type or unknown throws `store_unavailable`. It
 * must never be passed over, for it may be the deny, or a condition that a newer release wrote.
 */

/** A mapping as it stands in a cell. */
export function mappingToJson(mapping: Mapping): JsonObject {
  return compactJson({
    id: mapping.id,
    secret: mapping.secret,
    issuer: mapping.issuer,
    subject: mapping.subject,
    claims: mapping.claims as JsonObject | undefined,
    fields: mapping.fields,
    versions: mapping.versions,
    not_before: mapping.notBefore,
    expires_at: mapping.expiresAt,
    require: mapping.require,
    effect: mapping.effect,
    mode: mapping.mode === 'shadow' ? 'shadow' : undefined,
  });
}

/** Reads a mapping from a cell. @throws WaxsealError `store_unavailable` where the cell holds anything else */
export function mappingFromJson(json: Json): Mapping {
  const item = readItem(json);
  const mapping = compact({
    id: item.required('id', isText),
    secret: item.required('secret', isText),
    issuer: item.required('issuer', isText),
    subject: item.required('subject', isText),
    claims: item.optional('claims', isClaims),
    fields: item.optional('fields', isListOf(isText)),
    versions: item.optional('versions', isListOf(isVersion)),
    notBefore: item.optional('not_before', isSeconds),
    expiresAt: item.optional('expires_at', isSeconds),
    require: item.optional('require', isListOf(isOneOf(BINDINGS))),
    effect: item.required('effect', isOneOf(['allow', 'deny'])),
    mode: item.optional('mode', isOneOf(['shadow'])) ?? ('enforce' as const),
  });
  item.end();
  return mapping;
}

/** An issuer's entry as it stands in the table. */
export function issuerToJson(entry: TrustedIssuer): JsonObject {
  const { keys } = entry;
  return compactJson({
    issuer: entry.issuer,
    kind: entry.kind,
    audience: entry.audience,
    algorithms: entry.algorithms,
    discovery: keys && 'discovery' in keys ? true : undefined,
    jwks_uri: keys && 'jwksUri' in keys ? keys.jwksUri : undefined,
    jwks: keys && 'jwks' in keys ? (keys.jwks as unknown as JsonObject) : undefined,
    max_token_age: entry.maxTokenAge,
    max_lifetime: entry.maxLifetime,
    no_exp: entry.noExp,
    require: entry.require.length > 0 ? entry.require : undefined,
    jti: entry.jti,
    subject_anchor: entry.subjectAnchor,
    anchor_claim: entry.anchorClaim,
    state: entry.state,
    revision: entry.revision,
  });
}

/** Reads an issuer's entry from the table. @throws WaxsealError `store_unavailable` where it is anything else */
export function issuerFromJson(json: Json): TrustedIssuer {
  const item = readItem(json);
  const sources: (KeySource | undefined)[] = [
    item.optional('discovery', isOneOf([true])) && { discovery: true },
    asMember('jwksUri', item.optional('jwks_uri', isText)),
    asMember('jwks', item.optional('jwks', isKeySet)),
  ];
  const keys = sources.filter((source) => source !== undefined);
  const entry = compact({
    issuer: item.required('issuer', isText),
    kind: item.required('kind', isOneOf(['oidc', 'nkey'])),
    audience: item.optional('audience', isText),
    algorithms: item.required('algorithms', isListOf(isOneOf(ALGORITHMS))),
    keys: keys[0],
    maxTokenAge: item.optional('max_token_age', isSeconds),
    maxLifetime: item.optional('max_lifetime', isSeconds),
    noExp: item.required('no_exp', isFlag),
    require: item.optional('require', isListOf(isOneOf(BINDINGS))) ?? [],
    jti: item.required('jti', isOneOf(['any', 'once'])),
    subjectAnchor: item.required('subject_anchor', isCount),
    anchorClaim: item.optional('anchor_claim', isText),
    state: item.required('state', isOneOf(['active', 'suspended'])),
    revision: item.required('revision', isText),
  });
  item.check(keys.length === (entry.kind === 'oidc' ? 1 : 0));
  item.check(entry.kind === 'nkey' || entry.audience !== undefined);
  item.end();
  return entry;
}

/** A store's entry as it stands in the table. */
export function storeToJson(entry: StoreEntry): JsonObject {
  return compactJson({ name: entry.name, kind: entry.kind, default: entry.default, direct: entry.direct });
}

/** Reads a store's entry from the table. @throws WaxsealError `store_unavailable` where it is anything else */
export function storeFromJson(json: Json): StoreEntry {
  const item = readItem(json);
  const entry = compact({
    name: item.required('name', isText),
    kind: item.required('kind', isOneOf(STORE_KIND_NAMES)),
    default: item.required('default', isFlag),
    direct: item.optional('direct', isText),
  });
  item.end();
  return entry;
}

function compactJson(members: { [member: string]: Json | readonly Json[] | undefined }): JsonObject {
  return compact(members) as JsonObject;
}

function asMember<K extends string, T>(name: K, value: T | undefined): { [k in K]: T } | undefined {
  return value === undefined ? undefined : ({ [name]: value } as { [k in K]: T });
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';
const isSeconds = (value: unknown): value is number => Number.isSafeInteger(value);
const isCount = (value: unknown): value is number => isSeconds(value) && value > 0;
const isVersion = (value: unknown): value is VersionName => isText(value) || isCount(value);
const isScalar = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
const isWanted = (value: unknown): value is ClaimRule => isScalar(value) || isListOf(isScalar)(value);
const isClaims = (value: unknown): value is Record<string, ClaimRule> =>
  isJsonObject(value) && Object.values(value).every(isWanted);
const isKeySet = (value: unknown): value is JSONWebKeySet =>
  isJsonObject(value) && Array.isArray(value.keys) && value.keys.length > 0 && value.keys.every(isJsonObject);

function isOneOf<const T extends string | boolean>(values: readonly T[]) {
  return (value: unknown): value is T => (values as readonly unknown[]).includes(value);
}

function isListOf<T>(isMember: (value: unknown) => value is T) {
  return (value: unknown): value is T[] => Array.isArray(value) && value.length > 0 && value.every(isMember);
}
