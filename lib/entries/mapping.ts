import { VERSION_ID_PATTERN } from '../wire/names.ts';
import { isJsonObject } from '../wire/strict-json.ts';
import { codecOf } from './codec.ts';
import { BINDINGS, claimName, issuerName } from './issuer.ts';
import { count, type Kind, kindOf, LINE, line, listOf, notesFor, oneOf, someString, timestamp } from './kind.ts';
import {
  type ContentOf,
  type EntryOf,
  kept,
  type Members,
  optional,
  required,
  withDefault,
  withOmittedDefault,
} from './member.ts';
import { secretPattern } from './secret-pattern.ts';

type Scalar = string | number | boolean;

/** What a claim must be: one of these values. A string may be a glob (see glob.ts); numbers and booleans match exactly. */
export type ClaimRule = Scalar | readonly Scalar[];

/** A version in a mapping: an alias, a revision number, or a store's own id. */
export type VersionName = 'current' | 'previous' | number | string;

/** `***` is neither wildcard, so it is more likely a slip than meant. */
const SUBJECT = new RegExp(LINE.source.replace('^', String.raw`^(?!.*\*{3})`));

const isScalar = (value: unknown): value is Scalar => ['string', 'number', 'boolean'].includes(typeof value);

/** A whole number beyond 2^53 was rounded when it was read, so it would match other numbers than the one that was written. */
const isWritable = (written: unknown): written is Scalar => {
  if (typeof written === 'string') return !written.includes('***');
  if (typeof written === 'number')
    return Number.isInteger(written) ? Number.isSafeInteger(written) : Number.isFinite(written);
  return typeof written === 'boolean';
};

const scalarSchema = () => ({
  anyOf: [
    { type: 'string', not: { pattern: '\\*{3}' } },
    { type: 'boolean' },
    { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
    { type: 'number', not: { type: 'integer' } },
  ],
});

const claimRule = kindOf<ClaimRule>(
  { expected: 'a string, a number, true or false, or a list of these' },
  {
    is: (value): value is ClaimRule =>
      isScalar(value) || (Array.isArray(value) && value.length > 0 && value.every(isScalar)),
  },
  (written) => {
    const fits = isWritable(written) || (Array.isArray(written) && written.length > 0 && written.every(isWritable));
    return fits ? (written as ClaimRule) : undefined;
  },
  () => ({ anyOf: [scalarSchema(), { type: 'array', minItems: 1, items: scalarSchema() }] }),
);

/** A rule for each claim. Nothing is passed over, whatever its name, and no claims at all would allow more than was meant. */
const claimRules: Kind<Readonly<Record<string, ClaimRule>>> = {
  expected: 'a map of claims',
  is: (value): value is Record<string, ClaimRule> => isJsonObject(value) && Object.values(value).every(claimRule.is),
  read(written, report) {
    if (!isJsonObject(written)) {
      report({ expected: 'a map such as { environment: production }', found: written });
      return undefined;
    }
    const { note, within, isClean } = notesFor(report);
    const rules = Object.entries(written).map(([name, one]): [string, ClaimRule | undefined] => {
      claimName.read(name, (misfit) => note({ ...misfit, path: [name], ofName: true }));
      return [name, claimRule.read(one, within(name))];
    });
    if (rules.length === 0) note({ expected: 'at least one claim', found: written });
    return isClean() ? (Object.fromEntries(rules) as Record<string, ClaimRule>) : undefined;
  },
  schema: () => ({
    type: 'object',
    minProperties: 1,
    propertyNames: claimName.schema(),
    additionalProperties: claimRule.schema(),
  }),
};

/** Narrower than what requests may ask for: a number in quotes is taken for a slip, since it never means that revision. */
const version = kindOf<VersionName>(
  {
    expected: "current, previous, a revision number without quotes, or a store's version id",
    detail: 'letters, digits and . _ -, at most 128 characters',
    words: ['current', 'previous'],
  },
  { is: (value): value is VersionName => someString.is(value) || count.is(value) },
  (written) => {
    const isId = typeof written === 'string' && VERSION_ID_PATTERN.test(written) && !/^\d+$/.test(written);
    return isId || count.is(written) ? (written as VersionName) : undefined;
  },
  () => ({
    anyOf: [
      { type: 'string', pattern: VERSION_ID_PATTERN.source, not: { pattern: '^\\d+$' } },
      { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
    ],
  }),
);

/**
 * Mappings, each a rule: which workloads may read which secrets (or, with `deny`, may not). Times are seconds since the epoch.
 * Every optional member narrows a rule: without it, the rule covers more.
 */
export const MAPPING = {
  /** Derived from the content: the same rule has the same id in every catalog, and a changed rule has another. */
  id: kept(someString),
  /** A name, or a pattern: `payments/*` covers every name below, at any depth. */
  secret: required(secretPattern),
  issuer: required(issuerName),
  /** Exact, or a glob: `*` stays inside a segment (`:` or `/` ends one), `**` crosses. */
  subject: required(line('a subject, or a glob: * for part of a segment, ** across segments', 1024, SUBJECT)),
  /** Claim name, or JSON pointer (RFC 6901) if it starts with `/` → what the claim must be. All must hold. */
  claims: optional(claimRules),
  /** Grants these fields and not the whole. */
  fields: optional(listOf(line('the name of a field', 256))),
  /** Grants these versions only; absent: all. */
  versions: optional(listOf(version)),
  not_before: optional(timestamp),
  expires_at: optional(timestamp),
  /** Demands that add to the issuer's. */
  require: optional(listOf(oneOf(...BINDINGS))),
  effect: withDefault(oneOf('allow', 'deny'), 'allow'),
  /** `shadow`: recorded, not enforced. */
  mode: withOmittedDefault(oneOf('enforce', 'shadow'), 'enforce'),
} satisfies Members;

/** A rule: the members of {@link MAPPING} in camel case. */
export interface Mapping extends EntryOf<typeof MAPPING> {}
/** What an operator says in a rule, with the defaults filled in. */
export interface MappingContent extends ContentOf<typeof MAPPING> {}

const codec = codecOf(MAPPING);

/** A rule as a cell of the table stores it. */
export const mappingToJson = codec.toJson;
/** Reads a rule from a cell. @throws WaxsealError `store_unavailable` if it is anything else */
export const mappingFromJson = codec.fromJson;
