import type { JSONWebKeySet } from 'jose';
import { isJsonObject, type Json, own } from '../wire/strict-json.ts';
import { codecOf, unreadable } from './codec.ts';
import {
  duration,
  flag,
  isFilledList,
  type Kind,
  line,
  listOf,
  literal,
  notesFor,
  numberFrom,
  oneOf,
  someString,
  stringOf,
} from './kind.ts';
import {
  type ContentOf,
  type EntryOf,
  inferred,
  kept,
  type Members,
  named,
  optional,
  required,
  requiredUnless,
  withDefault,
  withOmittedDefault,
} from './member.ts';

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

/** The algorithms of an issuer whose entry names none: those that nearly all OIDC issuers use, and the only one of nkeys. */
export function defaultAlgorithms(kind: unknown): readonly Algorithm[] {
  return kind === 'nkey' ? ['Ed25519'] : ['RS256', 'ES256'];
}

const HTTPS = /^https:\/\/[^?#@\s\\]+$/;

/** Reports whether a string is an https URL without user, query or fragment, as OpenID Connect Discovery 1.0 section 3 asks. */
export function isHttps(url: string): boolean {
  return HTTPS.test(url) && URL.canParse(url);
}

const KEY_SET_URL = /^https:\/\/[^/?#@\s\\\x00-\x1f\x7f]+(?:[/?][^#\s\\\x00-\x1f\x7f]*)?$/;

/**
 * Tells whether a string is the https URL of a key set: unlike an issuer's name it may have a query, and `@` behind the host,
 * but neither user info nor a fragment.
 */
export function isKeySetUrl(url: string): boolean {
  return KEY_SET_URL.test(url) && URL.canParse(url);
}

/** An issuer's name, in its own entry and in mappings. */
export const issuerName = line('an issuer', 512);

/** What can name a claim: a member's name, or a JSON pointer (RFC 6901) if it starts with `/`. */
export const claimName = stringOf(
  { expected: 'a claim name, or a JSON pointer that starts with /' },
  256,
  /^(?:[^/]|\/(?:[^~]|~[01])*$)/,
);

const MOST_KEYS = 64;

/** A JWK Set (RFC 7517). Whether each key is fit to verify an issuer's tokens is checked together with the issuer's entry. */
const keySet: Kind<JSONWebKeySet> = {
  expected: 'a map with keys',
  is: (value): value is JSONWebKeySet =>
    isJsonObject(value) && Array.isArray(value.keys) && value.keys.length > 0 && value.keys.every(isJsonObject),
  read(written, report) {
    if (!isJsonObject(written)) {
      report({ expected: 'a map with keys', found: written });
      return undefined;
    }
    const { note, within, isClean } = notesFor(report);
    for (const name of Object.keys(written)) {
      if (name !== 'keys') note({ expected: 'keys', found: name, words: ['keys'], path: [name], ofName: true });
    }
    const keys = own(written, 'keys');
    const ofKeys = within('keys');
    if (keys === undefined) ofKeys({ expected: 'a list', found: undefined });
    else if (isFilledList(keys, ofKeys) && keys.length > MOST_KEYS) {
      ofKeys({ expected: `at most ${MOST_KEYS} keys`, found: keys.length });
    }
    return isClean() ? (written as unknown as JSONWebKeySet) : undefined;
  },
  schema: () => ({
    type: 'object',
    properties: { keys: { type: 'array', minItems: 1, maxItems: MOST_KEYS, items: { type: 'object' } } },
    required: ['keys'],
    additionalProperties: false,
  }),
};

/** Issuers: who signs tokens and is trusted for it. Times are seconds. */
export const ISSUER = {
  /** Equals `iss` exactly: a URL, or a public nkey (`A…`) if kind is `nkey`. */
  issuer: required(issuerName),
  kind: withDefault(oneOf('oidc', 'nkey'), 'oidc'),
  /** The broker's audience in this issuer's tokens. Without one, tokens of an nkey issuer must not have any. */
  audience: requiredUnless('kind', 'nkey', line("the broker's audience", 512)),
  algorithms: withDefault(listOf(oneOf(...ALGORITHMS)), ({ kind }) => defaultAlgorithms(kind)),
  /** The keys of an OIDC issuer come from one of three places. The key of an nkey issuer is its name. */
  discovery: inferred(literal(true), ({ kind, jwksUri, jwks }) =>
    kind !== 'nkey' && jwksUri === undefined && jwks === undefined ? true : undefined,
  ),
  jwks_uri: optional(
    stringOf({ expected: 'an https URL without a user name or fragment' }, 512, KEY_SET_URL, isKeySetUrl),
  ),
  jwks: optional(keySet),
  /** The oldest token accepted, counted from `iat`, which is then required. */
  max_token_age: optional(duration),
  /** The longest `exp − iat` accepted; `iat` is then required. */
  max_lifetime: optional(duration),
  /** Accepts tokens without `exp`. */
  no_exp: withDefault(flag, false),
  /** Demands that every request of this issuer's callers must meet. */
  require: withOmittedDefault(listOf(oneOf(...BINDINGS)), []),
  /** `once`: the first allowed get or batch ties (issuer, jti) to its recipient. */
  jti: withDefault(oneOf('any', 'once'), 'any'),
  /** How many leading segments of the subject index glob mappings. */
  subject_anchor: withDefault(numberFrom(1, 8), 3),
  /** A claim whose value indexes mappings instead of the subject's first segments, such as `repository_id`. */
  anchor_claim: optional(claimName),
  /** `suspended` refuses every token of this issuer: the kill switch. */
  state: withDefault(oneOf('active', 'suspended'), 'active'),
  /** Changes whenever anything above changes. */
  revision: named('fingerprint', kept(someString)),
} satisfies Members;

/** A trusted issuer: the members of {@link ISSUER} in camel case. */
export interface TrustedIssuer extends EntryOf<typeof ISSUER> {}
/** What an operator says about an issuer, with the defaults filled in. */
export interface IssuerContent extends ContentOf<typeof ISSUER> {}

const codec = codecOf(ISSUER);

/** An issuer's entry as the table stores it. */
export const issuerToJson = codec.toJson;

/** Reads an issuer's entry from the table. @throws WaxsealError `store_unavailable` if it is anything else */
export function issuerFromJson(json: Json): TrustedIssuer {
  const entry = codec.fromJson(json);
  const sources = [entry.discovery, entry.jwksUri, entry.jwks].filter((source) => source !== undefined);
  if (sources.length !== (entry.kind === 'oidc' ? 1 : 0)) throw unreadable();
  return entry;
}

/** The part of an issuer's entry that every request reads again: whether it may go on, and under which entry. */
export type IssuerState = Pick<TrustedIssuer, 'fingerprint' | 'state'>;

const stateCodec = codecOf({ revision: ISSUER.revision, state: ISSUER.state });

/** The state as the table stores it next to the issuer's wide cells. */
export const issuerStateToJson = stateCodec.toJson;
/** Reads an issuer's state from the table. @throws WaxsealError `store_unavailable` if it is anything else */
export const issuerStateFromJson = stateCodec.fromJson;
