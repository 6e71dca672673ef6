import { toJsonSchemaDefs } from '@valibot/to-json-schema';
import * as v from 'valibot';
import type { Broker } from '../broker.ts';
import { ERROR_CODES } from '../wire/errors.ts';
import { SEALED_REQUEST } from '../wire/requests.ts';
import { BROKER_ROUTES } from './broker-routes.ts';
import type { Route, RouteTable } from './route.ts';

const ROUTES: RouteTable<Broker> = BROKER_ROUTES;

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
  ...ofEach('plain'),
  Sealed: SEALED_REQUEST,
  ...ofEach('opened'),
  Answer: answer,
  Problem: problem,
  Keys: v.strictObject({ current: v.string(), next: v.nullable(v.string()), previous: v.array(v.string()) }),
  Health: v.strictObject({ status: v.literal('pass') }),
};

/** The routes' schemas, under the names that they have in the document. */
function ofEach(kind: 'plain' | 'opened'): Record<string, v.GenericSchema> {
  return Object.fromEntries(
    Object.entries(ROUTES).map(([operation, route]) => [pascalCase(`${operation}-${kind}`), route[kind]]),
  );
}

function pascalCase(words: string): string {
  return words.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}

const schema = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const json = (name: string) => ({ 'application/json': { schema: schema(name) } });

function asking(operation: string, { typ, summary, envelope }: Route<Broker>) {
  const name = pascalCase(operation);
  const refused = { $ref: '#/components/responses/Refused' };
  return {
    operationId: operation,
    summary,
    description: `The opened answer is JSON with \`typ\` \`${typ}\`, \`request\`, ${envelope}. The opened bytes of a sealed request are described by the schema ${name}Opened.`,
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
      ...Object.fromEntries(
        Object.entries(ROUTES).map(([operation, route]) => [`/v1/${operation}`, { post: asking(operation, route) }]),
      ),
      '/v1/keys': { get: reading('The broker’s public xkeys: a hint, never a source of trust', 'Keys') },
      '/v1/health': { get: reading('Whether the broker answers', 'Health') },
    },
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: toJsonSchemaDefs(SCHEMAS, { target: 'draft-2020-12', typeMode: 'output' }),
      responses: {
        Refused: {
          description:
            'Refused: problem details, or an answer whose envelope is `waxseal.error.v1` if a sealed request was opened.',
          content: { 'application/problem+json': { schema: schema('Problem') }, ...json('Answer') },
        },
      },
    },
  };
}
