import * as v from 'valibot';
import { WaxsealError } from './errors.ts';
import { NAME_PATTERN, VERSION_ID_PATTERN } from './names.ts';
import { type Operation, typOf } from './operations.ts';
import type { Json } from './strict-json.ts';

const name = v.pipe(
  v.string(),
  v.regex(NAME_PATTERN),
  v.metadata({ description: 'The name of a secret.', examples: ['payments/stripe'] }),
);
const field = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(256),
  v.metadata({ description: 'A member of a secret that is a JSON object.', examples: ['api_key'] }),
);
const revision = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.description('A revision number.'));
const storeVersion = v.pipe(v.string(), v.regex(VERSION_ID_PATTERN));
const version = v.pipe(
  v.union([revision, storeVersion]),
  v.metadata({
    description: '`current` (the default), `previous`, a revision number, or the store’s own id.',
    examples: ['current'],
  }),
);
const knownVersion = v.pipe(
  v.union([revision, storeVersion]),
  v.description(
    'The version that the caller already has: if it is still the one asked for, the answer is `unchanged`.',
  ),
);
const xkey = v.pipe(
  v.string(),
  v.maxLength(256),
  v.metadata({
    description: 'A public xkey.',
    examples: ['XBUJMZHVOPQ2SK5VD3TY4VNBPVU2YFGRLK6EFPEPSMVDUYEBSROWZCEA'],
  }),
);
const prefix = v.pipe(
  v.string(),
  v.maxLength(256),
  v.regex(/^[A-Za-z0-9._:@/-]*$/),
  v.description('Only names that start with this.'),
);

const want = {
  secret: name,
  field: v.exactOptional(field),
  version: v.exactOptional(version),
  known_version: v.exactOptional(knownVersion),
};

const batch = {
  // Also counted before each one is checked, so that a long list costs nothing.
  secrets: v.pipe(
    v.array(v.unknown()),
    v.maxLength(100),
    v.array(v.strictObject(want)),
    v.minLength(1),
    v.maxLength(100),
  ),
};

const list = {
  prefix: v.exactOptional(prefix),
  limit: v.exactOptional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(1000))),
  next: v.exactOptional(v.pipe(v.string(), v.minLength(1), v.maxLength(2048))),
};

/** A schema that turns a parsed body into a `T`. */
export type Shape<T> = v.GenericSchema<unknown, T>;

/** What every sealed request holds besides the operation's members: who asks, and what makes it fresh. */
interface OpenedHead {
  readonly typ: string;
  readonly token: string;
  readonly nonce: string;
  readonly iat: number;
  readonly proof?: string;
}

/** The schemas of an operation whose own members are `Q`. */
export interface RequestShapes<Q> {
  /** The plain body. */
  readonly plain: Shape<Q & { readonly recipient: string }>;
  /** The opened bytes of a sealed one. */
  readonly opened: Shape<Q & OpenedHead>;
}

/** The requests of each operation. */
export const REQUESTS = {
  get: shapes('get', want),
  'batch-get': shapes('batch-get', batch),
  list: shapes('list', list),
  'can-i': shapes('can-i', want),
} as const satisfies { readonly [O in Operation]: RequestShapes<object> };

function shapes<M extends v.ObjectEntries>(operation: Operation, members: M) {
  return {
    plain: v.strictObject({ recipient: xkey, ...members }),
    opened: v.strictObject({
      typ: v.literal(`${typOf(operation)}.request`),
      token: v.pipe(v.string(), v.maxLength(8192)),
      nonce: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{22,128}$/)),
      iat: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
      proof: v.exactOptional(v.pipe(v.string(), v.maxLength(8192))),
      ...members,
    }),
  };
}

/** The body of every sealed request. */
export const SEALED_REQUEST = v.strictObject({
  recipient: xkey,
  broker_key: v.pipe(xkey, v.description('The broker’s public xkey that the request is sealed to.')),
  sealed: v.pipe(v.string(), v.maxLength(262_144), v.description('The sealed message, base64url without padding.')),
});

/** One secret that is asked for. */
export type Want = v.InferOutput<v.StrictObjectSchema<typeof want, undefined>>;
/** What a list asks for. */
export type ListQuery = v.InferOutput<v.StrictObjectSchema<typeof list, undefined>>;

const FAULT = 'A member of the request is missing, unknown or not valid.';

/**
 * Checks a parsed body against its schema.
 * @throws WaxsealError `invalid_request` with a pointer to the member at fault
 */
export function checkShape<S extends v.GenericSchema>(schema: S, body: Json): v.InferOutput<S> {
  const result = v.safeParse(schema, body, { abortEarly: true });
  if (result.success) return result.output;
  const path = (result.issues[0].path ?? []).map(({ key }) => key);
  throw new WaxsealError('invalid_request', FAULT, { pointer: pointerTo(path) });
}

/**
 * Names from the request are echoed and logged only if they are spelt like our members: a token or password that was sent as a
 * member's name must not come back.
 */
function pointerTo(path: readonly unknown[]): string {
  return path.map((part) => `/${/^(?:[a-z_]{1,24}|[0-9]{1,3})$/.test(String(part)) ? String(part) : '*'}`).join('');
}
