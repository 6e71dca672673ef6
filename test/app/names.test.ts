import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBroker, type TestBroker } from '../kit/broker.ts';
import { expectRefusal, expectSealedRefusal } from '../kit/refusals.ts';

const SHAPE = 'A member of the request is missing, unknown or not valid.';

/** What attackers have used to make one name mean another: traversal, encodings, look-alikes, patterns, code of other languages. */
const NAUGHTY = [
  '',
  ' ',
  '.',
  '..',
  '/',
  '//',
  'a//b',
  '/a',
  'a/',
  './a',
  '../a',
  'a/../b',
  'a/./b',
  'a/..',
  'payments/stripe/',
  'payments/stripe ',
  ' payments/stripe',
  'payments\\stripe',
  'payments/stripe\n',
  'payments/stripe\r\nx: y',
  'payments/stripe\0',
  'payments/\0stripe',
  'payments%2Fstripe',
  'payments/%73tripe',
  'payments/stripe%00',
  '%2e%2e/a',
  'payments/*',
  'payments/**',
  '*',
  'payments/str?pe',
  'payments/[a-z]',
  'payments/{a,b}',
  'payments/ſtripe',
  'payments/ﬆripe',
  'payments/strіpe',
  'payments／stripe',
  'payments/e\u0301',
  'payments/\u00e9',
  'payments/\u200bstripe',
  '\u202epayments/stripe',
  'payments/💥',
  '田中さん',
  'arn:aws:secretsmanager:eu-west-1:1:secret:x;y',
  'payments/$HOME',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the attack
  'payments/${env}',
  '`id`',
  '$(id)',
  "payments/'; DROP TABLE catalog; --",
  'payments/stripe#x',
  'payments/stripe?field=x',
  '<script>alert(1)</script>',
  '"quoted"',
  'a,b',
  'a=b',
  'a+b',
  'a'.repeat(257),
];

/** Odd, but within the grammar: names like any other, none of which exists. */
const ODD = [
  '...',
  'a/.b',
  '.hidden',
  '-',
  '--help',
  '_',
  ':',
  '@',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'undefined',
  'true',
  '0',
  '-1',
  '1e5',
  'NaN',
  'arn:aws:secretsmanager:eu-west-1:000000000000:secret:payments/stripe',
  'S/I/W',
  'payments/Stripe',
  'a'.repeat(256),
  Array.from({ length: 128 }, () => 'a')
    .join('/')
    .slice(0, 255),
];

let broker: TestBroker;
beforeAll(async () => {
  broker = await startBroker({ mappings: [{ secret: 'payments/*' }], values: { 'payments/stripe': 'v' } });
});
afterAll(() => broker.close());

describe('names outside the grammar', () => {
  it.each(NAUGHTY)('%j is refused by every operation that accepts a name, plain and sealed', async (secret) => {
    const refusal = { code: 'invalid_request', text: SHAPE } as const;
    for (const operation of ['get', 'can-i'] as const) {
      expectRefusal(await broker.plain(operation, { secret }), { ...refusal, pointer: '/secret' });
      expectSealedRefusal(await broker.sealed(operation, { secret }), undefined, { ...refusal, pointer: '/secret' });
    }
    const batch = { secrets: [{ secret: 'payments/stripe' }, { secret }] };
    expectRefusal(await broker.plain('batch-get', batch), { ...refusal, pointer: '/secrets/1/secret' });
    expectSealedRefusal(await broker.sealed('batch-get', batch), undefined, {
      ...refusal,
      pointer: '/secrets/1/secret',
    });
  });
});

describe('odd names within the grammar', () => {
  it.each(ODD)('%j is a name without a mapping, or without a secret', async (secret) => {
    const { status, envelope } = await broker.sealed('get', { secret });
    const code = secret.startsWith('payments/') ? 'not_found' : 'access_denied';
    expect([status, envelope]).toEqual([
      code === 'not_found' ? 404 : 403,
      expect.objectContaining({ error: expect.objectContaining({ code }) }),
    ]);
    expect((await broker.sealed('can-i', { secret })).envelope).toMatchObject({ allowed: code === 'not_found' });
  });
});

describe('names of fields and versions', () => {
  it.each(['__proto__', 'constructor', 'toString', 'length', '0', '/', '..', 'a\0b', '\u202e', '*'])(
    'field %j is not a member of a string, list or object',
    async (field) => {
      await broker.setValues({ 'payments/text': 'v', 'payments/list': '["v"]', 'payments/object': '{"a":"v"}' });
      for (const [secret, message] of [
        ['payments/text', 'The secret is not a strict JSON object: it is not valid JSON.'],
        ['payments/list', 'The secret is not a strict JSON object: it is a JSON array.'],
        ['payments/object', 'The secret has no such field.'],
      ]) {
        const { envelope } = await broker.sealed('get', { secret, field });
        expect(envelope).toMatchObject({ error: { code: 'not_found', message } });
      }
    },
  );

  it.each(['constructor', '__proto__', 'latest', '1', '0', 'AWSCURRENT', 99, 2 ** 53 - 1])(
    'version %j is not valid',
    async (version) => {
      await broker.setValues({ 'payments/stripe': 'v' });
      const { envelope } = await broker.sealed('get', { secret: 'payments/stripe', version });
      expect(envelope).toMatchObject({ error: { code: 'not_found' } });
    },
  );
});
