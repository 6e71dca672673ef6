import { toJsonSchemaDefs } from '@valibot/to-json-schema';
import * as v from 'valibot';
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

const answer = v.strictObject({
  request_id: v.string(),
  sender: v.pipe(v.string(), v.description('The public xkey that this answer alone was sealed with.')),
  sealed: v.pipe(v.string(), v.description('The sealed envelope, base64url without padding.')),
});

const problem = v.pipe(
  v.strictObject({
    type: v.string(),
    title: v.string(),
    status: v.pipe(v.number(), v.integer()),
    detail: v.string(),
    code: v.picklist(ERROR_CODES),
    request_id: v.string(),
    pointer: v.exactOptional(v.string()),
  }),
  v.description('Problem details, RFC 9457.'),
);

const SCHEMAS = {
  ...ofEach('Plain', PLAIN_REQUEST),
  Sealed: SEALED_REQUEST,
  ...ofEach('Opened', OPENED_REQUEST),
  Answer: answer,
  Problem: problem,
  Keys: v.strictObject({ current: v.string(), next: v.nullable(v.string()), previous: v.array(v.string()) }),
  Health: v.strictObject({ status: v.literal('pass') }),
};

/** The schemas of the operations, under the names that they have in the document. */
function ofEach(
  kind: 'Plain' | 'Opened',
  schemas: Record<Operation, v.GenericSchema>,
): Record<string, v.GenericSchema> {
  return Object.fromEntries(OPERATIONS.map((operation) => [`${pascalCase(operation)}${kind}`, schemas[operation]]));
}

function pascalCase(operation: Operation): string {
  return operation.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}

const schema = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const json = (name: string) => ({ 'application/json': { schema: schema(name) } });

function asking(operation: Operation) {
  const [summary, envelope] = ABOUT[operation];
  const name = pascalCase(operation);
  const refused = { $ref: '#/components/responses/Refused' };
  return {
    operationId: operation,
    summary,
    description: `The opened answer is JSON with \`typ\` \`${typOf(operation)}\`, \`request\`, ${envelope}. The opened bytes of a sealed request are described by the schema ${name}Opened.`,
    security: [{}, { bearer: [] }],
    requestBody: {
      required: true,
      content: { 'application/json': { schema: { anyOf: [schema(`${name}Plain`), schema('Sealed')] } } },
    },
    responses: {
      200: { description: 'Sealed to the recipient.', content: json('Answer') },
      '4XX': refused,
      '5XX': refused,
    },
  };
}

function reading(summary: string, name: string) {
  return { summary, responses: { 200: { description: summary, content: json(name) } } };
}

/** The OpenAPI 3.1 document, made from the schemas that check the requests. Written to openapi.json by `npm run openapi`. */
export function openApiDocument(): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'waxseal broker',
      version: '1',
      description: 'A workload shows a token, names a secret, and gets it sealed to a key that only it holds.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths: {
      ...Object.fromEntries(OPERATIONS.map((operation) => [`/v1/${operation}`, { post: asking(operation) }])),
      '/v1/keys': { get: reading('The broker’s public xkeys: a hint, never a source of trust', 'Keys') },
      '/v1/health': { get: reading('Whether the broker answers', 'Health') },
    },
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: toJsonSchemaDefs(SCHEMAS, { target: 'draft-2020-12', typeMode: 'output' }),
      responses: {
        Refused: {
          description:
            'Refused: problem details, or for a sealed request that was opened an answer whose envelope is `waxseal.error.v1`.',
          content: { 'application/problem+json': { schema: schema('Problem') }, ...json('Answer') },
        },
      },
    },
  };
}
