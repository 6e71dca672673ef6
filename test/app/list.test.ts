import { afterEach, describe, expect, it } from 'vitest';
import { type BrokerKeySet, firstBrokerKeys, rotate } from '../../lib/keys/broker-key-set.ts';
import { type Asking, startBroker, type TestBroker, type TestBrokerOptions } from '../kit/broker.ts';
import { expectRefusal, expectSealedRefusal } from '../kit/refusals.ts';

let broker: TestBroker;
afterEach(() => broker.close());

const UNUSABLE = {
  code: 'invalid_request',
  text: 'The value of next is not valid, or has expired. Start the list again.',
} as const;

interface Page {
  readonly secrets: readonly { readonly secret: string; readonly version: unknown; readonly fields?: string[] }[];
  readonly next?: string;
}

async function start(options: TestBrokerOptions): Promise<void> {
  broker = await startBroker(options);
}

async function list(question: object = {}, asking: Asking = {}): Promise<Page> {
  const { status, envelope } = await broker.sealed('list', question as never, asking);
  expect([status, envelope?.typ]).toEqual([200, 'waxseal.list.v1']);
  return envelope as unknown as Page;
}

const names = async (question: object = {}) => (await list(question)).secrets.map(({ secret }) => secret);
const values = (...all: string[]) => Object.fromEntries(all.map((name) => [name, '{"x":"1","y":"2"}']));

describe('list', () => {
  it('shows what the caller may read, in order, with versions and granted fields', async () => {
    await start({
      mappings: [
        { secret: 'b/*' },
        { secret: 'c', fields: ['y', 'x'] },
        { secret: 'd', subject: 'repo:acme/web' },
        { secret: 'e', claims: { environment: 'production' } },
        { secret: 'f', mode: 'shadow' },
        { secret: 'g', expires_at: '2026-11-22T02:00:00Z' },
        { secret: 'h', versions: ['previous'] },
        { secret: 'i', require: ['cnf'] },
        { secret: 'nowhere' },
      ],
      values: values('a', 'b/2', 'b/1', 'b/1/x', 'c', 'd', 'e', 'f', 'g', 'h', 'i'),
    });
    await broker.setValues({ ...values('b/2', 'b/1', 'b/1/x', 'c'), 'b/1': 'second' });
    expect((await list()).secrets).toEqual([
      { secret: 'b/1', version: 2 },
      { secret: 'b/1/x', version: 1 },
      { secret: 'b/2', version: 1 },
      { secret: 'c', version: 1, fields: ['x', 'y'] },
      { secret: 'nowhere', version: 'current' }, // a rule spells it out: it may be found by a direct name
    ]);
  });

  it('agrees with get: a caller can read what it shows, and nothing else', async () => {
    const all = ['t/1', 't/2', 't/3', 't/4', 'u/1', 'u/2', 'v'];
    await start({
      mappings: [
        { secret: 't/*' },
        { secret: 't/2', effect: 'deny' },
        { secret: 't/3', effect: 'deny', subject: 'repo:other/*' },
        { secret: 'u/1', fields: ['x'] },
        { secret: 'v', subject: 'repo:acme/*' },
      ],
      values: values(...all),
    });
    const shown = new Map((await list()).secrets.map(({ secret, fields }) => [secret, fields]));
    for (const secret of all) {
      const whole = (await broker.sealed('get', { secret })).status === 200;
      const x = (await broker.sealed('get', { secret, field: 'x' })).status === 200;
      expect([secret, shown.has(secret)]).toEqual([secret, whole || x]);
      if (shown.has(secret)) expect(shown.get(secret)).toEqual(whole ? undefined : ['x']);
    }
  });

  it('a deny hides a secret; a deny of some fields leaves the others readable', async () => {
    await start({
      mappings: [
        { secret: 'a/*' },
        { secret: 'a/1', effect: 'deny' },
        { secret: 'a/2', effect: 'deny', fields: ['x'] },
      ],
      values: values('a/1', 'a/2', 'a/3'),
    });
    expect((await list()).secrets).toEqual([
      { secret: 'a/2', version: 1, fields: [] },
      { secret: 'a/3', version: 1 },
    ]);
    expect((await broker.sealed('get', { secret: 'a/2', field: 'y' })).envelope).toMatchObject({ string: '2' });
    expect((await broker.sealed('get', { secret: 'a/2', field: 'x' })).status).toBe(403);
    expect((await broker.sealed('get', { secret: 'a/2' })).status).toBe(403);
  });

  it('keeps to a prefix of characters, not of segments', async () => {
    await start({ mappings: [{ secret: 'a/*' }, { secret: 'ab' }], values: values('a/1', 'a/10', 'a/2', 'ab') });
    expect(await names({ prefix: 'a' })).toEqual(['a/1', 'a/10', 'a/2', 'ab']);
    expect(await names({ prefix: 'a/' })).toEqual(['a/1', 'a/10', 'a/2']);
    expect(await names({ prefix: 'a/1' })).toEqual(['a/1', 'a/10']);
    expect(await names({ prefix: 'b' })).toEqual([]);
  });

  it('is audited, even if plain, and neither ties nor shows anything to a caller without a mapping', async () => {
    await start({ mappings: [{ secret: 'a', subject: 'repo:acme/web' }], values: values('a') });
    expect(await names()).toEqual([]);
    expect((await broker.plain('list', {})).envelope).toMatchObject({ secrets: [] });
    expect(broker.ledgerRows().map(({ record }) => JSON.parse(String(record)).operation)).toEqual(['list', 'list']);
  });
});

describe('a list’s continuation', () => {
  const all = Array.from({ length: 25 }, (_, i) => `a/${String(i).padStart(2, '0')}`);
  const startMany = (options: TestBrokerOptions = {}) =>
    start({
      mappings: [{ secret: 'a/*' }, { secret: 'a/*', subject: 'repo:acme/web' }],
      values: values(...all),
      ...options,
    });

  it('continues after the last name until there are no more', async () => {
    await startMany();
    const found: string[] = [];
    let next: string | undefined;
    for (let pages = 0; pages < 10; pages++) {
      const page: Page = await list({ limit: 7, ...(next === undefined ? {} : { next }) });
      expect(page.secrets.length).toBeLessThanOrEqual(7);
      found.push(...page.secrets.map(({ secret }) => secret));
      next = page.next;
      if (next === undefined) break;
    }
    expect(next).toBeUndefined();
    expect(found).toEqual(all);
  });

  it('is opaque: it contains no name, and two of the same page differ', async () => {
    await startMany();
    const [one, two] = [(await list({ limit: 3 })).next!, (await list({ limit: 3 })).next!];
    expect(one).not.toBe(two);
    expect(Buffer.from(one, 'base64url').toString('latin1')).not.toContain('a/0');
  });

  it('works only for its caller and its prefix, for ten minutes', async () => {
    await startMany();
    const { next } = await list({ limit: 3, prefix: 'a/' });
    const question = { limit: 3, prefix: 'a/', next };
    const refused = async (other: object, asking: Asking = {}) =>
      expectSealedRefusal(await broker.sealed('list', other as never, asking), undefined, {
        ...UNUSABLE,
        pointer: '/next',
      });
    await refused(question, { token: await broker.issuer.token({ sub: 'repo:acme/web' }) });
    await refused({ ...question, prefix: 'a' });
    await refused({ limit: 3, next });
    expect((await list(question)).secrets[0]!.secret).toBe('a/03');
    expect((await list(question, { token: await broker.issuer.token({ jti: 'another' }) })).secrets).toHaveLength(3);
    broker.clock.now += 599_999;
    expect((await list(question)).secrets[0]!.secret).toBe('a/03');
    broker.clock.now += 1;
    await refused(question);
  });

  it('cannot be forged or changed', async () => {
    await startMany();
    const next = (await list({ limit: 3 })).next!;
    const changed = [...Array.from(next)].map(
      (char, i) => next.slice(0, i) + (char === 'A' ? 'B' : 'A') + next.slice(i + 1),
    );
    for (const made of [...changed.filter((_, i) => i % 23 === 0), next.slice(1), `${next}A`, 'AAAA', '_', '=', 'a/03'])
      expectRefusal(await broker.plain('list', { next: made }), { ...UNUSABLE, pointer: '/next' });
    // An answer of ours is sealed too, but is not a continuation.
    const { body } = await broker.plain('list', { limit: 3 });
    expectRefusal(await broker.plain('list', { next: body.sealed }), { ...UNUSABLE, pointer: '/next' });
  });

  it('survives a rotation, even if another process learnt of it first', async () => {
    let set: BrokerKeySet = firstBrokerKeys();
    await startMany({ foundation: { loadKeys: async () => set } });
    const plain = async (question: object) =>
      (await broker.plain('list', question as never)).envelope as unknown as Page;
    const before = (await plain({ limit: 3 })).next!;
    set = rotate(set, broker.clock.now, 7);
    broker.clock.now += 300_000;
    expect((await plain({ limit: 3, next: before })).secrets[0]!.secret).toBe('a/03');
    const after = (await plain({ limit: 3 })).next!;
    set = { current: set.previous[0]!.pair, next: set.current, previous: [] }; // as the other process still has it
    broker.clock.now += 300_000;
    expect((await plain({ limit: 3, next: after })).secrets[0]!.secret).toBe('a/03');
  });
});
