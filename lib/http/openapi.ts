import * as z from 'zod';
import { createDocument, type ZodOpenApiOperationObject } from 'zod-openapi';
import { ERROR_CODES } from '../wire/errors.ts';
import { OPERATIONS, type Operation, typOf } from '../wire/operations.ts';
import { OPENED_REQUEST, PLAIN_REQUEST, SEALED_REQUEST } from '../wire/requests.ts';

/** What each operation is for, and what its envelope holds beside `typ` and `request`. */
const ABOUT = {
  get: [
    'Get one secret',
    '`secret`, `version`, `field`?, `refresh_after`, and `string`, `binary` (base64url) or `unchanged`',
  ],
  'batch-get': [
    'Get several secrets',
    '`secrets`: in the order asked, each as in get, or with `error` in place of a value',
  ],
  list: ['List the secrets that the caller may read', '`secrets`: `secret`, `version`, `fields`?; and `next`?'],
  'can-i': ['Tell whether the caller would get a secret', '`allowed`, and where not `code` and `missing`'],
} as const satisfies Record<Operation, readonly [string, string]>;

const answer = z
  .strictObject({
    request_id: z.string(),
    sender: z.string().meta({ description: 'The public xkey that this answer alone was sealed with.' }),
    sealed: z.string().meta({ description: 'The sealed envelope, base64url without padding.' }),
  })
  .meta({ id: 'Answer' });

const problem = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(ERROR_CODES as [string, ...string[]]),
    request_id: z.string(),
    pointer: z.string().optional(),
  })
  .meta({ id: 'Problem', description: 'Problem details, RFC 9457.' });

const sealed = SEALED_REQUEST.register(z.globalRegistry, { id: 'Sealed' });

const problemContent = { 'application/problem+json': { schema: problem } };
const refusal = {
  description:
    'Refused: problem details, or for a sealed request that was opened an answer whose envelope is `waxseal.error.v1`.',
  content: { ...problemContent, 'application/json': { schema: answer } },
};

function operationObject(operation: Operation): ZodOpenApiOperationObject {
  const [summary, envelope] = ABOUT[operation];
  const id = operation.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
  return {
    operationId: operation,
    summary,
    description: `The opened answer is JSON with \`typ\` \`${typOf(operation)}\`, \`request\`, ${envelope}. The opened bytes of a sealed request are described by the schema ${id}Opened.`,
    security: [{}, { bearer: [] }],
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: z.union([PLAIN_REQUEST[operation].register(z.globalRegistry, { id: `${id}Plain` }), sealed]),
        },
      },
    },
    responses: {
      200: { description: 'Sealed to the recipient.', content: { 'application/json': { schema: answer } } },
      '4XX': refusal,
      '5XX': refusal,
    },
  };
}

const keys = z.strictObject({ current: z.string(), next: z.string().nullable(), previous: z.array(z.string()) });
const health = z.strictObject({ status: z.literal('pass') });

function reading(summary: string, schema: z.ZodType): ZodOpenApiOperationObject {
  return { summary, responses: { 200: { description: summary, content: { 'application/json': { schema } } } } };
}

/** The OpenAPI 3.1 document, made from the schemas that check the requests. Written to openapi.json by `npm run openapi`. */
export function openApiDocument(): object {
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'waxseal broker',
      version: '1',
      description: 'A workload shows a token, names a secret, and gets it sealed to a key that only it holds.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths: {
      ...Object.fromEntries(OPERATIONS.map((operation) => [`/v1/${operation}`, { post: operationObject(operation) }])),
      '/v1/keys': { get: reading('The broker’s public xkeys: a hint, never a source of trust', keys) },
      '/v1/health': { get: reading('Whether the broker answers', health) },
    },
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: Object.fromEntries(
        OPERATIONS.map((operation) => [
          `${operation.replace(/(?:^|-)(\w)/g, (_, l: string) => l.toUpperCase())}Opened`,
          OPENED_REQUEST[operation],
        ]),
      ),
    },
  });
}
