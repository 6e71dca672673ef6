import * as z from 'zod/mini'; // a quarter of zod's size, and of its time in a cold start
import { WaxsealError } from './errors.ts';
import { NAME_PATTERN } from './names.ts';
import { type Operation, typOf } from './operations.ts';
import type { Json } from './strict-json.ts';

const name = z
  .string()
  .check(z.regex(NAME_PATTERN), z.meta({ description: 'The name of a secret.', examples: ['payments/stripe'] }));
const field = z
  .string()
  .check(
    z.minLength(1),
    z.maxLength(256),
    z.meta({ description: 'A member of a secret that is a JSON object.', examples: ['api_key'] }),
  );
const revision = z.int().check(z.minimum(1), z.meta({ description: 'A revision number.' }));
const storeVersion = z.string().check(z.regex(/^[A-Za-z0-9._-]{1,128}$/));
const version = z.union([revision, storeVersion]).check(
  z.meta({
    description: '`current` (unless told), `previous`, a revision number, or a store’s own id.',
    examples: ['current'],
  }),
);
const knownVersion = z.union([revision, storeVersion]).check(
  z.meta({
    description: 'The version that the caller has: where it is still the one asked for, the answer is `unchanged`.',
  }),
);
const xkey = z
  .string()
  .check(
    z.maxLength(256),
    z.meta({ description: 'A public xkey.', examples: ['XBUJMZHVOPQ2SK5VD3TY4VNBPVU2YFGRLK6EFPEPSMVDUYEBSROWZCEA'] }),
  );
const prefix = z
  .string()
  .check(
    z.maxLength(256),
    z.regex(/^[A-Za-z0-9._:@/-]*$/),
    z.meta({ description: 'Only names that begin with this.' }),
  );

const want = {
  secret: name,
  field: z.optional(field),
  version: z.optional(version),
  known_version: z.optional(knownVersion),
};

/** What each operation asks, beside token and recipient. */
const ASKED = {
  get: want,
  'batch-get': { secrets: z.array(z.strictObject(want)).check(z.minLength(1), z.maxLength(100)) },
  list: {
    prefix: z.optional(prefix),
    limit: z.optional(z.int().check(z.minimum(1), z.maximum(1000))),
    next: z.optional(z.string().check(z.minLength(1), z.maxLength(2048))),
  },
  'can-i': want,
} as const satisfies Record<Operation, z.core.$ZodLooseShape>;

function plainSchema<O extends Operation>(operation: O) {
  return z.strictObject({ recipient: xkey, ...ASKED[operation] });
}

function openedSchema<O extends Operation>(operation: O) {
  return z.strictObject({
    typ: z.literal(`${typOf(operation)}.request`),
    token: z.string().check(z.maxLength(8192)),
    nonce: z.string().check(z.regex(/^[A-Za-z0-9_-]{22,128}$/)),
    iat: z.int().check(z.minimum(0)),
    proof: z.optional(z.string().check(z.maxLength(8192))),
    ...ASKED[operation],
  });
}

/** The plain body of each operation: its question and the recipient. */
export const PLAIN_REQUEST = {
  get: plainSchema('get'),
  'batch-get': plainSchema('batch-get'),
  list: plainSchema('list'),
  'can-i': plainSchema('can-i'),
};

/** The opened bytes of each operation's sealed request: its question, the token, and what makes it fresh. */
export const OPENED_REQUEST = {
  get: openedSchema('get'),
  'batch-get': openedSchema('batch-get'),
  list: openedSchema('list'),
  'can-i': openedSchema('can-i'),
};

/** The body of every sealed request. */
export const SEALED_REQUEST = z.strictObject({
  recipient: xkey,
  broker_key: xkey.check(z.meta({ description: 'The broker’s public xkey that the request is sealed to.' })),
  sealed: z
    .string()
    .check(z.maxLength(262_144), z.meta({ description: 'The sealed message, base64url without padding.' })),
});

/** One secret that is asked for. */
export type Want = z.infer<(typeof PLAIN_REQUEST)['can-i']> extends infer W ? Omit<W, 'recipient'> : never;
/** What a list asks for. */
export type ListQuestion = Omit<z.infer<(typeof PLAIN_REQUEST)['list']>, 'recipient'>;

const FAULT = 'A member of the request is missing, unknown, or not what it should be.';

/**
 * Checks a parsed body against its schema.
 * @throws WaxsealError `invalid_request` with a pointer to the member at fault
 */
export function checkShape<S extends z.ZodMiniType>(schema: S, body: Json): z.infer<S> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]!] : issue.path;
  throw new WaxsealError('invalid_request', FAULT, { pointer: pointerTo(path) });
}

/**
 * Names from the request are echoed, and logged, only where they are spelt like members of ours: nobody's token or password
 * may come back as a member's name.
 */
function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${/^(?:[a-z_]{1,24}|[0-9]{1,3})$/.test(String(part)) ? String(part) : '*'}`).join('');
}
