import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import committed from '../../lib/http/openapi.json' with { type: 'json' };
import { openApiDocument } from '../../lib/http/openapi.ts';
import { ERROR_CODES } from '../../lib/wire/errors.ts';
import { OPERATIONS, type Operation, typOf } from '../../lib/wire/operations.ts';
import { generateXkey } from '../../lib/xkey/keys.ts';
import { startBroker, type TestBroker } from '../kit/broker.ts';

const xkey = generateXkey();
const ajv = new Ajv2020({ strict: false });
ajv.addSchema(committed, 'api');

/** Whether a value matches the document's schema at that JSON pointer. */
const agrees = (pointer: string, value: unknown) => ajv.validate({ $ref: `api#${pointer}` }, value);
const at = (...steps: string[]) => steps.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
const requestOf = (operation: Operation) =>
  at('paths', `/v1/${operation}`, 'post', 'requestBody', 'content', 'application/json', 'schema');
const answerOf = (path: string, method: string, status: string, type: string) =>
  at('paths', path, method, 'responses', status, 'content', type, 'schema');
const refusalOf = (operation: Operation, type: string) => {
  const { $ref } = committed.paths[`/v1/${operation}`].post.responses['4XX'];
  return $ref.replace(/^#/, '') + at('content', type, 'schema');
};

/** For each operation: questions that it accepts, and questions that it refuses for their shape. */
const QUESTIONS: Readonly<Record<Operation, { good: readonly object[]; bad: readonly object[] }>> = {
  get: {
    good: [
      { secret: 'a' },
      { secret: 'a', field: 'x', version: 'previous', known_version: 3 },
      { secret: 'a/b', version: 7, known_version: 'EXAMPLE1-90ab-cdef' },
    ],
    bad: [{}, { secret: 'a/*' }, { secret: 'a', feild: 'x' }, { secret: 'a', version: 0 }, { secret: 'a', field: '' }],
  },
  'batch-get': {
    good: [
      { secrets: [{ secret: 'a' }] },
      { secrets: Array.from({ length: 100 }, () => ({ secret: 'a', field: 'x' })) },
    ],
    bad: [{ secrets: [] }, { secrets: [{}] }, { secrets: Array.from({ length: 101 }, () => ({ secret: 'a' })) }, {}],
  },
  list: {
    good: [{}, { prefix: '', limit: 1000 }, { prefix: 'a/', limit: 1 }],
    bad: [{ limit: 0 }, { limit: 1001 }, { prefix: '*' }, { next: '' }, { secret: 'a' }],
  },
  'can-i': { good: [{ secret: 'a' }], bad: [{}, { secret: '' }, { secret: 'a', known_version: 'a b' }] },
};

let broker: TestBroker;
beforeAll(async () => {
  broker = await startBroker({ mappings: [{ secret: 'a' }], values: { a: '{"x":"v"}' } });
});
afterAll(() => broker.close());

describe('the OpenAPI document', () => {
  it('is generated from the schemas that check the requests', () => {
    expect(committed).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
  });

  it('is OpenAPI 3.1', async () => {
    const validator = new Validator();
    expect(await validator.validate(structuredClone(committed) as never)).toMatchObject({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('is served', async () => {
    const reply = await broker.send('/v1/openapi.json', { method: 'GET' });
    expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(reply.body).toEqual(committed);
  });

  it('has every operation and every code, each with its page', async () => {
    expect(Object.keys(committed.paths)).toEqual([...OPERATIONS.map((one) => `/v1/${one}`), '/v1/keys', '/v1/health']);
    expect(committed.components.schemas.Problem.properties.code.enum).toEqual(ERROR_CODES);
    for (const code of ERROR_CODES) {
      const page = await broker.app.request(`/v1/errors/${code}`);
      expect([page.status, (await page.text()).startsWith(`${code} (HTTP `)]).toEqual([200, true]);
    }
  });

  it('has examples that match its schemas', () => {
    const examples = (schema: unknown): void => {
      if (typeof schema !== 'object' || schema === null) return;
      for (const example of (schema as { examples?: unknown[] }).examples ?? [])
        expect(ajv.validate(schema as object, example)).toBe(true);
      for (const part of Object.values(schema)) examples(part);
    };
    examples(committed.components.schemas);
  });
});

describe.each(OPERATIONS)('%s and the document agree', (operation) => {
  const { good, bad } = QUESTIONS[operation];

  it('on requests, plain and sealed, and on answers', async () => {
    for (const question of good) {
      expect([question, agrees(requestOf(operation), { recipient: xkey.text, ...question })]).toEqual([question, true]);
      const plain = await broker.plain(operation, question as never);
      const sealed = await broker.sealed(operation, question as never);
      for (const { status, body } of [plain, sealed]) {
        const answer = answerOf(`/v1/${operation}`, 'post', '200', 'application/json');
        const pointer = status === 200 ? answer : refusalOf(operation, 'application/json');
        const problem = refusalOf(operation, 'application/problem+json');
        expect(agrees('sealed' in body ? pointer : problem, body)).toBe(true);
        expect(body.code).not.toBe('invalid_request');
      }
      const { body } = await broker.sealedBody(operation, question as never);
      expect(agrees(requestOf(operation), JSON.parse(body))).toBe(true);
    }
  });

  it('on what is not a request', async () => {
    for (const question of bad) {
      expect([question, agrees(requestOf(operation), { recipient: xkey.text, ...question })]).toEqual([
        question,
        false,
      ]);
      const { body } = await broker.plain(operation, question as never);
      expect([question, body.code]).toEqual([question, 'invalid_request']);
      expect(agrees(refusalOf(operation, 'application/problem+json'), body)).toBe(true);
    }
  });

  it('on the content of a sealed request', () => {
    const id = operation.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
    const opened = { typ: `${typOf(operation)}.request`, token: 'a.b.c', nonce: 'n'.repeat(22), iat: 1, ...good[0] };
    const pointer = at('components', 'schemas', `${id}Opened`);
    expect(agrees(pointer, opened)).toBe(true);
    for (const [member, value] of Object.entries({ typ: typOf(operation), nonce: 'short', iat: '1', recipient: 'X' }))
      expect([member, agrees(pointer, { ...opened, [member]: value })]).toEqual([member, false]);
  });
});

it('keys and health match the document', async () => {
  for (const path of ['/v1/keys', '/v1/health']) {
    const { body } = await broker.send(path, { method: 'GET' });
    expect([path, agrees(answerOf(path, 'get', '200', 'application/json'), body)]).toEqual([path, true]);
  }
});
