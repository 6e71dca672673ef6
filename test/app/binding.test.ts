import { afterEach, describe, expect, it } from 'vitest';
import { generateXkey, type XkeyPair } from '../../lib/xkey/keys.ts';
import { type Reply, startBroker, type TestBroker, type TestBrokerOptions } from '../kit/broker.ts';
import { expectRefusal } from '../kit/refusals.ts';
import { TEST_AUDIENCE } from '../kit/test-issuer.ts';

let broker: TestBroker;
afterEach(() => broker.close());

const A = { secret: 'a' };
const UNBOUND = {
  code: 'access_denied',
  text: 'The request is not bound to its recipient in every required way.',
} as const;

async function start(issuer: readonly string[], mapping: readonly string[] = [], options: TestBrokerOptions = {}) {
  broker = await startBroker({
    mappings: [{ ...A, ...(mapping.length === 0 ? {} : { require: mapping }) }],
    values: { a: 'the value' },
    ...(issuer.length === 0 ? {} : { issuerEntry: { require: issuer } }),
    ...options,
  });
}

/** The refusal's code, or the value. */
function outcome({ body, envelope }: Reply): unknown {
  const error = envelope?.error as { code: string } | undefined;
  return envelope?.string ?? error?.code ?? body.code;
}

const bound = (key: XkeyPair) => broker.issuer.token({ aud: `${TEST_AUDIENCE}#${key.text}` });
const confirmed = (key: XkeyPair) =>
  broker.issuer.token({ cnf: { jwk: { kty: 'OKP', crv: 'X25519', x: key.key.export({ format: 'jwk' }).x } } });

describe('demands', () => {
  it.each([
    [['sealed'], [], 'plain', 'none', 'access_denied'],
    [['sealed'], [], 'sealed', 'none', 'the value'],
    [[], ['sealed'], 'plain', 'none', 'access_denied'],
    [[], ['sealed'], 'sealed', 'none', 'the value'],
    [['audience-bound'], [], 'sealed', 'none', 'access_denied'],
    [['audience-bound'], [], 'plain', 'audience', 'the value'],
    [[], ['audience-bound'], 'plain', 'none', 'access_denied'],
    [['sealed'], ['audience-bound'], 'plain', 'audience', 'access_denied'],
    [['sealed'], ['audience-bound'], 'sealed', 'none', 'access_denied'],
    [['sealed'], ['audience-bound'], 'sealed', 'audience', 'the value'],
    [['sealed', 'audience-bound'], ['cnf'], 'sealed', 'audience', 'access_denied'],
    [['cnf'], [], 'plain', 'none', 'access_denied'],
    [['cnf'], [], 'plain', 'cnf', 'the value'],
    [['cnf'], ['sealed'], 'plain', 'cnf', 'access_denied'],
    [['cnf'], ['sealed'], 'sealed', 'cnf', 'the value'],
    [['proof'], [], 'plain', 'cnf', 'access_denied'],
    [['cnf', 'audience-bound'], [], 'plain', 'cnf', 'access_denied'],
  ] as const)('issuer %j and mapping %j: %s with %s gives %s', async (issuer, mapping, mode, way, expected) => {
    await start(issuer, mapping);
    const recipient = generateXkey();
    const tokens = {
      none: () => broker.issuer.token(),
      audience: () => bound(recipient),
      cnf: () => confirmed(recipient),
    };
    const token = await tokens[way]();
    expect(outcome(await broker[mode]('get', A, { recipient, token }))).toBe(expected);
    const { envelope } = await broker[mode]('batch-get', { secrets: [A] }, { recipient, token });
    const [entry] = (envelope?.secrets ?? []) as [{ string?: string }?];
    expect(entry?.string).toBe(expected === 'the value' ? expected : undefined);
  });

  it('of the issuer refuse with one text, and with a record of what was asked for', async () => {
    await start(['audience-bound']);
    expectRefusal(await broker.plain('get', { ...A, field: 'f', version: 3 }), UNBOUND);
    const [row] = broker.ledgerRows();
    expect(JSON.parse(String(row!.record))).toMatchObject({
      decision: 'denied',
      code: 'access_denied',
      secrets: [{ secret: 'a', field: 'f', version: 3, decision: 'denied' }],
    });
    for (const operation of ['list', 'can-i'] as const)
      expectRefusal(await broker.plain(operation, operation === 'list' ? {} : A), UNBOUND);
  });
});

describe('a stolen token with the thief’s own xkey', () => {
  it.each(['plain', 'sealed'] as const)('%s: releases nothing if a binding is demanded', async (mode) => {
    for (const [demand, make] of [
      ['audience-bound', bound],
      ['cnf', confirmed],
    ] as const) {
      for (const [issuer, mapping] of [
        [[demand], []],
        [[], [demand]],
        [[], []], // and a token that names a key is of no use to another even where nobody demands it
      ] as const) {
        await start(issuer, mapping);
        const owner = generateXkey();
        const token = await make(owner);
        expect(outcome(await broker[mode]('get', A, { token }))).toBe('invalid_token');
        expect(outcome(await broker[mode]('get', A, { token, recipient: owner }))).toBe('the value');
        broker.close();
      }
    }
    await start([]);
  });

  it.each(['plain', 'sealed'] as const)('%s: sealing alone binds nothing, as documented', async (mode) => {
    await start([]);
    const token = await broker.issuer.token();
    expect(outcome(await broker[mode]('get', A, { token }))).toBe('the value');
    expect(outcome(await broker[mode]('get', A, { token }))).toBe('the value');
  });
});

describe('the audience', () => {
  it.each([
    ['alone, with the key', (x: string) => `${TEST_AUDIENCE}#${x}`, 'the value'],
    ['in a list of one', (x: string) => [`${TEST_AUDIENCE}#${x}`], 'the value'],
    ['next to ours in clear', (x: string) => [TEST_AUDIENCE, `${TEST_AUDIENCE}#${x}`], 'access_denied'],
    ['twice', (x: string) => [`${TEST_AUDIENCE}#${x}`, `${TEST_AUDIENCE}#${x}`], 'invalid_token'],
    ['next to another service', (x: string) => [`${TEST_AUDIENCE}#${x}`, 'https://x.example.com'], 'invalid_token'],
    [
      'next to another key',
      (x: string) => [TEST_AUDIENCE, `${TEST_AUDIENCE}#${x}`, `${TEST_AUDIENCE}#X`],
      'invalid_token',
    ],
    ['with nothing after the #', () => `${TEST_AUDIENCE}#`, 'invalid_token'],
    ['with the key in lower case', (x: string) => `${TEST_AUDIENCE}#${x.toLowerCase()}`, 'invalid_token'],
    ['with a space after the key', (x: string) => `${TEST_AUDIENCE}#${x} `, 'invalid_token'],
    ['with a slash before the #', (x: string) => `${TEST_AUDIENCE}/#${x}`, 'invalid_token'],
  ])('%s', async (_, aud, expected) => {
    await start(['audience-bound']);
    const recipient = generateXkey();
    const token = await broker.issuer.token({ aud: aud(recipient.text) });
    expect(outcome(await broker.plain('get', A, { recipient, token }))).toBe(expected);
  });
});

it('a sealed request whose outer recipient was swapped cannot be opened', async () => {
  await start([]);
  const { body } = await broker.sealedBody('get', A);
  const thief = generateXkey();
  const swapped = JSON.stringify({ ...JSON.parse(body), recipient: thief.text });
  const headers = { 'content-type': 'application/json' };
  const reply = await broker.send('/v1/get', { method: 'POST', headers, body: swapped }, thief);
  expectRefusal(reply, { code: 'invalid_recipient', text: 'The sealed message cannot be opened.' });
});
