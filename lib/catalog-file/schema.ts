import * as v from 'valibot';
import { ALGORITHMS, BINDINGS } from '../entries/issuer.ts';
import type { ClaimRule, VersionName } from '../entries/mapping.ts';
import { STORE_KIND_NAMES } from '../entries/secret.ts';
import { isClaimName } from '../mapping/claims.ts';
import { parsePattern } from '../mapping/secret-pattern.ts';
import { isName } from '../wire/names.ts';
import { duration, filledList, flag, instead, listOf, oneOf, tableOf, text, timestamp, value } from './values.ts';

/*
 * The members of catalog.yaml, one by one. What several members, entries or sections mean together is in rules.ts, since
 * it is checked even where a member is wrong, so that all faults are told at once.
 */

const LINE = /^[^\p{Cc}\p{Zl}\p{Zp}]+$/u;

function line(what: string, longest: number) {
  return text(`${what} of at most ${longest} characters on one line`, (input) => {
    return input.length <= longest && LINE.test(input) && input.trim() === input;
  });
}

const secretName = text('a name: segments of letters, digits and . _ - : @, joined by /', isName);
const secretPattern = text(
  'a name, or a name and /* for every name below it',
  (input) => parsePattern(input) !== undefined,
);
const storeName = text(
  'a name of lower-case letters, digits and -',
  (input) => /^[a-z0-9][a-z0-9-]*$/.test(input) && input.length <= 64,
);
const issuerName = line('an issuer', 512);
const CLAIM_NAME = 'a claim name, or a JSON pointer that starts with /';
const fitsClaimName = (input: string) => isClaimName(input) && input.length <= 256;
const claimName = text(CLAIM_NAME, fitsClaimName);

/** `***` is neither wildcard, so it is more likely a slip than meant. */
const subject = text(
  'a subject, or a glob of * (within a segment) and ** (across), of at most 1024 characters on one line',
  (input) => input.length <= 1024 && LINE.test(input) && input.trim() === input && !input.includes('***'),
);

const isWantedScalar = (input: unknown): input is string | number | boolean =>
  (typeof input === 'string' && !input.includes('***')) ||
  typeof input === 'boolean' ||
  (typeof input === 'number' && Number.isFinite(input) && (!Number.isInteger(input) || Number.isSafeInteger(input)));

const wantedClaim = value<ClaimRule>('a text, number, true or false, or a list of them', (input) => {
  if (isWantedScalar(input)) return input;
  return Array.isArray(input) && input.length > 0 && input.every(isWantedScalar) ? input : undefined;
});

const version = value<VersionName>(
  'current, previous, a number (without quotes) or an id of the store',
  (input) => {
    if (typeof input === 'number') return Number.isSafeInteger(input) && input > 0 ? input : undefined;
    return typeof input === 'string' && /^(?!\d+$)[\w.:/+=@-]{1,256}$/.test(input) ? input : undefined;
  },
  ['current', 'previous'],
);

const JWKS_EXPECTS: Readonly<Record<string, string>> = { never: 'keys', '"keys"': 'a list' };
const jwks = v.strictObject(
  { keys: v.pipe(filledList(v.unknown()), v.maxLength(64, 'expected at most 64 members')) },
  ({ expected, input }) => instead(JWKS_EXPECTS[expected ?? ''] ?? 'a map with keys', input),
);

/** An entry of `issuers`. */
export const issuerEntry = v.object({
  issuer: issuerName,
  kind: v.optional(oneOf(['oidc', 'nkey'])),
  audience: v.optional(line('an audience', 512)),
  algorithms: v.optional(listOf(oneOf(ALGORITHMS))),
  jwks_uri: v.optional(text('an https URL', isHttps)),
  jwks: v.optional(jwks),
  max_token_age: v.optional(duration),
  max_lifetime: v.optional(duration),
  no_exp: v.optional(flag),
  require: v.optional(listOf(oneOf(BINDINGS))),
  jti: v.optional(oneOf(['any', 'once'])),
  subject_anchor: v.optional(
    value('a number of segments from 1 to 8', (input) =>
      typeof input === 'number' && Number.isInteger(input) && input >= 1 && input <= 8 ? input : undefined,
    ),
  ),
  anchor_claim: v.optional(claimName),
  state: v.optional(oneOf(['active', 'suspended'])),
});

/** An entry of `stores`. */
export const storeEntry = v.object({
  name: storeName,
  kind: oneOf(STORE_KIND_NAMES),
  default: v.optional(flag),
  direct: v.optional(
    text(
      'a prefix of letters, digits and / _ + = . @ - that ends in /',
      (input) => /^(?:[A-Za-z0-9_+=.@-]+\/)+$/.test(input) && input.length <= 256,
    ),
  ),
});

/** An entry of `secrets`. */
export const secretEntry = v.object({
  secret: secretName,
  store: v.optional(storeName),
  ref: line("the secret's place in its store", 2048),
});

/** An entry of `mappings`. */
export const mappingEntry = v.object({
  secret: secretPattern,
  issuer: issuerName,
  subject,
  claims: v.optional(tableOf(CLAIM_NAME, fitsClaimName, wantedClaim)),
  fields: v.optional(listOf(line('the name of a field', 256))),
  versions: v.optional(listOf(version)),
  not_before: v.optional(timestamp),
  expires_at: v.optional(timestamp),
  require: v.optional(listOf(oneOf(BINDINGS))),
  effect: v.optional(oneOf(['allow', 'deny'])),
  mode: v.optional(oneOf(['enforce', 'shadow'])),
});

/** Tells whether a text is an https URL without user, query or fragment. */
export function isHttps(input: string): boolean {
  return isPlainUrl(input) && input.startsWith('https://');
}

/** Tells whether a text is an http URL on this machine's loopback address: a development issuer. */
export function isLoopback(input: string): boolean {
  return isPlainUrl(input) && /^http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost)(?::\d+)?(?:\/|$)/.test(input);
}

/** OpenID Connect Discovery 1.0 section 3: an issuer has no query and no fragment. */
function isPlainUrl(input: string): boolean {
  return URL.canParse(input) && input.length <= 512 && !/[?#@\s\\]/.test(input);
}
