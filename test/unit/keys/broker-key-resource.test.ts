import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import type { KeySecret } from '../../../lib/aws/key-secret.ts';
import { brokerKeyResource } from '../../../lib/keys/broker-key-resource.ts';
import { parseBrokerKeys } from '../../../lib/keys/broker-key-set.ts';
import { answerStack, type StackEvent } from '../../../lib/keys/stack-event.ts';
import { WaxsealError } from '../../../lib/wire/errors.ts';

const NOW = Date.parse('2026-11-22T10:00:00Z');
const DAY = 86_400_000;
const SEED = /SX[A-Z2-7]{56}/;

/** A key secret in memory that refuses a token it has seen, as Secrets Manager does. */
function memory(text?: string) {
  const tokens: string[] = [];
  const state = { text, tokens };
  const secret: KeySecret = {
    read: async () => state.text,
    write: async (next, token) => {
      if (tokens.includes(token)) return false;
      tokens.push(token);
      state.text = next;
      return true;
    },
  };
  return { secret, state };
}

function event(kind: StackEvent['RequestType'], revision: unknown, more: Partial<StackEvent> = {}): StackEvent {
  return {
    RequestType: kind,
    ResponseURL: 'http://127.0.0.1:1/answer?signature=s',
    StackId: 'arn:aws:cloudformation:eu-west-1:000000000000:stack/waxseal/1',
    RequestId: 'r-1',
    LogicalResourceId: 'BrokerKeys',
    ResourceProperties: { Revision: String(revision), PreviousDays: '30', Settings: ['5000', '60'] },
    ...more,
  };
}

const run = (secret: KeySecret, request: StackEvent, now = NOW) =>
  brokerKeyResource(request, { secret, now: () => now }, AbortSignal.timeout(5000));

test('creating makes a current and a next key and answers the public halves only', async () => {
  const { secret, state } = memory();
  const answer = await run(secret, event('Create', 1));
  const set = parseBrokerKeys(state.text ?? '');
  expect(answer).toMatchObject({
    Status: 'SUCCESS',
    PhysicalResourceId: 'broker-keys',
    Data: {
      Current: set.current.text,
      Next: set.next?.text,
      Keys: `${set.current.text},${set.next?.text}`,
      Settings: expect.stringMatching(/^[0-9a-f]{16}$/),
    },
  });
  expect(JSON.stringify(answer)).not.toMatch(SEED);
});

test('repeating an event changes nothing and answers the same', async () => {
  const { secret, state } = memory();
  const first = await run(secret, event('Create', 1));
  const text = state.text;
  expect(await run(secret, event('Create', 1))).toEqual(first);
  expect(state.text).toBe(text);
});

test('a higher revision rotates once, however often the event is repeated', async () => {
  const { secret, state } = memory();
  const before = (await run(secret, event('Create', 1))).Data;
  const after = await run(secret, event('Update', 2));
  expect(after.Data?.Current).toBe(before?.Next);
  expect(await run(secret, event('Update', 2), NOW + DAY)).toEqual(after);
  expect(parseBrokerKeys(state.text ?? '').previous.map(({ pair, until }) => [pair.text, until])).toEqual([
    [before?.Current, NOW + 30 * DAY],
  ]);
  expect(state.tokens).toHaveLength(2);
});

test('an update that is rolled back keeps the newer keys', async () => {
  const { secret, state } = memory();
  await run(secret, event('Create', 1));
  const newer = await run(secret, event('Update', 2));
  const text = state.text;
  expect((await run(secret, event('Update', 1))).Data).toEqual(newer.Data);
  expect(state.text).toBe(text);
});

test('of two runs at the same time one writes, and both answer its keys', async () => {
  const { secret, state } = memory();
  await run(secret, event('Create', 1));
  const answers = await Promise.all([run(secret, event('Update', 2)), run(secret, event('Update', 2))]);
  expect(answers[0]).toEqual(answers[1]);
  expect(parseBrokerKeys(state.text ?? '').current.text).toBe(answers[0]?.Data?.Current);
  expect(parseBrokerKeys(state.text ?? '').previous).toHaveLength(1);
});

test('another setting gives another digest and no rotation', async () => {
  const { secret, state } = memory();
  const first = await run(secret, event('Create', 1));
  const text = state.text;
  const changed = { Revision: '1', PreviousDays: '30', Settings: ['2000', '60'] };
  const second = await run(secret, event('Update', 1, { ResourceProperties: changed }));
  expect(second.Data?.Settings).not.toBe(first.Data?.Settings);
  expect(second.Data?.Keys).toBe(first.Data?.Keys);
  expect(state.text).toBe(text);
});

test('keys that were written by hand stay until the revision is raised', async () => {
  const { secret, state } = memory();
  await run(secret, event('Create', 1));
  const { revision: _, ...byHand } = JSON.parse(state.text ?? '');
  state.text = JSON.stringify(byHand);
  const old = { OldResourceProperties: { Revision: '1', PreviousDays: '30' } };
  expect((await run(secret, event('Update', 1, old))).Data?.Current).toBe(byHand.current.public);
  expect((await run(secret, event('Update', 2, old))).Data?.Current).toBe(byHand.next.public);
});

test('deleting neither writes nor reads the secret', async () => {
  const untouchable: KeySecret = { read: () => Promise.reject(new Error()), write: () => Promise.reject(new Error()) };
  const answer = await run(untouchable, event('Delete', 1, { PhysicalResourceId: 'broker-keys' }));
  expect(answer).toEqual({ Status: 'SUCCESS', PhysicalResourceId: 'broker-keys' });
});

test.each([
  ['a secret that cannot be reached', "The broker's key secret cannot be reached.", 1],
  ['a revision that is not a number', 'Revision or PreviousDays is not a whole number of at most 9 digits.', 'two'],
])('%s is FAILED with a fixed reason', async (_, reason, revision) => {
  const unreachable = new WaxsealError('store_unavailable', "The broker's key secret cannot be reached.");
  const secret: KeySecret = { read: () => Promise.reject(unreachable), write: () => Promise.reject(unreachable) };
  expect(await run(secret, event('Create', revision))).toEqual({
    Status: 'FAILED',
    PhysicalResourceId: 'broker-keys',
    Reason: reason,
  });
});

test('a broken secret is never overwritten, and never quoted', async () => {
  const broken = '{"current":{"seed":"SXAC35QF3FMZXS2KGYXGF2DN45JSSDYQM3CQMWAZJW5NMA7Y7BCMVSWL4B","public":"X"}}';
  const { secret, state } = memory(broken);
  const answer = await run(secret, event('Update', 2));
  expect(answer).toEqual({
    Status: 'FAILED',
    PhysicalResourceId: 'broker-keys',
    Reason: 'A configured seed is not a valid nkey seed of the right kind.',
  });
  expect(state.text).toBe(broken);
});

test('the answer is put to the presigned URL without a content type', async () => {
  const seen = Promise.withResolvers<{ method?: string; url?: string; type?: string; body: unknown }>();
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    seen.resolve({
      method: request.method ?? '',
      url: request.url ?? '',
      type: request.headers['content-type'] ?? 'none',
      body: JSON.parse(body),
    });
    response.end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const ResponseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/answer?signature=s`;
  const request = event('Create', 1, { ResponseURL });
  await answerStack(request, { Status: 'SUCCESS', PhysicalResourceId: 'broker-keys' }, AbortSignal.timeout(5000));
  server.close();
  expect(await seen.promise).toEqual({
    method: 'PUT',
    url: '/answer?signature=s',
    type: 'none',
    body: {
      Status: 'SUCCESS',
      PhysicalResourceId: 'broker-keys',
      StackId: request.StackId,
      RequestId: 'r-1',
      LogicalResourceId: 'BrokerKeys',
    },
  });
});

test('an answer that is not accepted is an error, without the URL', async () => {
  const request = event('Create', 1);
  const refused = answerStack(request, { Status: 'SUCCESS', PhysicalResourceId: 'p' }, AbortSignal.timeout(5000));
  await expect(refused).rejects.toMatchObject({
    code: 'internal_error',
    message: 'CloudFormation did not accept the answer.',
  });
});
