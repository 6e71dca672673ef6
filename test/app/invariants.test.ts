import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Ledger } from '../../lib/audit/ledger.ts';
import { WaxsealError } from '../../lib/wire/errors.ts';
import { generateXkey } from '../../lib/xkey/keys.ts';
import { type Reply, startBroker, type TestBroker } from '../kit/broker.ts';
import { everythingIn } from '../kit/everything-in.ts';

const CANARY = 'canary';
const SECRETS = ['a/1', 'a/2', 'b'] as const;
const SUBJECTS = ['repo:acme/api', 'repo:acme/web'] as const;
const RECIPIENTS = [generateXkey(), generateXkey(), generateXkey()];

/** A rule of the small world of these runs. */
const rules = fc.uniqueArray(
  fc.record({
    secret: fc.constantFrom('a/*', ...SECRETS),
    subject: fc.constantFrom('repo:acme/*', ...SUBJECTS),
    effect: fc.constantFrom('allow', 'allow', 'deny'),
  }),
  { maxLength: 5, selector: (rule) => JSON.stringify(rule) },
);
type Rule = typeof rules extends fc.Arbitrary<infer R> ? (R extends (infer One)[] ? One : never) : never;

const ask = fc.record({
  kind: fc.constant('ask' as const),
  operation: fc.constantFrom('get', 'get', 'batch-get'),
  mode: fc.constantFrom('plain', 'sealed'),
  secrets: fc.array(fc.constantFrom(...SECRETS), { minLength: 1, maxLength: 3 }),
  subject: fc.constantFrom(...SUBJECTS),
  token: fc.constantFrom('t1', 't2', 't3'),
  recipient: fc.nat({ max: 2 }),
});
const step = fc.oneof(
  { weight: 6, arbitrary: ask },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('map' as const), rules }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('fault' as const),
      part: fc.constantFrom('table', 'store', 'ledger'),
      how: fc.constantFrom('well', 'well', 'fails', 'loses', 'bug'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('suspend' as const), suspended: fc.boolean() }) },
);

/** The decision by a second, simpler implementation: default deny, any deny wins. */
function mayRead(all: readonly Rule[], subject: string, secret: string): boolean {
  const speaking = all.filter(
    (rule) =>
      (rule.secret === secret || (rule.secret === 'a/*' && secret.startsWith('a/'))) &&
      (rule.subject === subject || rule.subject === 'repo:acme/*'),
  );
  return speaking.some(({ effect }) => effect === 'allow') && speaking.every(({ effect }) => effect === 'allow');
}

/** The names whose values an answer contains. */
function released({ envelope }: Reply): string[] {
  const entries = (envelope?.secrets ?? [envelope ?? {}]) as { secret?: string; string?: string }[];
  return entries.filter(({ string }) => string !== undefined).map(({ secret }) => secret!);
}

/** Fails in a chosen way: before the call, after it (its answer is lost), or as a bug that says everything it knows. */
async function faulty<T>(how: string, call: () => Promise<T>): Promise<T> {
  if (how === 'fails') throw new WaxsealError('store_unavailable', undefined, { retryAfter: 1 });
  if (how === 'bug') throw new Error(`${CANARY} was not expected here`);
  const done = await call();
  if (how === 'loses') throw new WaxsealError('audit_unavailable', undefined, { retryAfter: 1 });
  return done;
}

async function start(faults: Record<'table' | 'store' | 'ledger', string>): Promise<TestBroker> {
  return startBroker({
    issuerEntry: { jti: 'once' },
    values: Object.fromEntries(SECRETS.map((name) => [name, `${CANARY}-${name}`])),
    wrapTable: (table) => ({
      ...table,
      get: (keys, signal) => faulty(faults.table, () => table.get(keys, signal)),
    }),
    wrapStore: (store) => ({
      get: (wanted, signal) => faulty(faults.store, () => store.get(wanted, signal)),
      getMany: (wanted, signal) => faulty(faults.store, () => store.getMany(wanted, signal)),
    }),
    wrapLedger: (ledger): Ledger => ({
      record: (...record) => faulty(faults.ledger, () => ledger.record(...record)),
    }),
  });
}

it('I1, I4, I5 and I6 hold whatever is asked, changed and broken, in any order', { timeout: 60_000 }, async () => {
  let values = 0;
  const property = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), rules, async (steps, first) => {
    const faults = { table: 'well', store: 'well', ledger: 'well' };
    const broker = await start(faults);
    const holders = new Map<string, Set<number>>();
    const tokens = new Map<string, string>();
    let now: readonly Rule[] = first;
    let suspended = false;
    const applyNow = () => broker.applyCatalog(catalogOf(broker, now, suspended));
    try {
      await applyNow();
      for (const one of steps) {
        if (one.kind === 'fault') faults[one.part] = one.how;
        else if (one.kind === 'map') {
          now = one.rules;
          await applyNow();
        } else if (one.kind === 'suspend') {
          suspended = one.suspended;
          await applyNow();
          broker.clock.now += 30_000; // until an active one is known again
        } else {
          const id = `${one.subject} ${one.token}`;
          const token = tokens.get(id) ?? (await broker.issuer.token({ sub: one.subject, jti: id }));
          tokens.set(id, token);
          const asking = { token, recipient: RECIPIENTS[one.recipient]! };
          const question =
            one.operation === 'get'
              ? { secret: one.secrets[0]! }
              : { secrets: one.secrets.map((secret) => ({ secret })) };
          const reply = await broker[one.mode](one.operation, question, asking);
          const names = released(reply);
          values += names.length;

          // I1: no release without a valid authorisation at decision time.
          for (const name of names)
            expect([name, mayRead(now, one.subject, name), suspended]).toEqual([name, true, false]);
          // I4: no release without its audit record.
          if (names.length > 0) {
            const row = broker.ledgerRows().find(({ request_id }) => request_id === reply.body.request_id);
            const record = JSON.parse(String(row?.record)) as { secrets: { secret: string; decision: string }[] };
            const allowed = record.secrets.filter(({ decision }) => decision === 'allowed').map(({ secret }) => secret);
            for (const name of names) expect(allowed).toContain(name);
            // I6: at most one recipient per jti.
            const who = holders.get(id) ?? new Set();
            holders.set(id, who.add(one.recipient));
            expect(who.size).toBe(1);
          }
          // A fault is reported as one, and a healthy broker does not refuse what is allowed.
          expect([200, 401, 403, 404, 500, 503]).toContain(reply.status);
          const healthy = Object.values(faults).every((how) => how === 'well');
          if (healthy) expect(reply.status).toBeLessThan(500);
          // I5: the canary appears nowhere.
          expect(JSON.stringify([reply.body, [...reply.headers]])).not.toContain(CANARY);
        }
      }
      const sinks = [everythingIn(broker.logs), JSON.stringify(broker.ledgerRows())];
      for (const sink of sinks) expect(sink).not.toContain(CANARY);
    } finally {
      broker.close();
    }
  });
  await fc.assert(property, { seed: 1046, numRuns: 60 });
  expect(values).toBeGreaterThan(50); // the runs did release something
});

function catalogOf({ issuer }: TestBroker, rules: readonly Rule[], suspended: boolean): Record<string, unknown> {
  const { issuer: name, algorithm, jwks } = issuer;
  const entry = { issuer: name, audience: 'https://secrets.example.com', algorithms: [algorithm], jwks, jti: 'once' };
  return {
    issuers: [{ ...entry, state: suspended ? 'suspended' : 'active' }],
    stores: [{ name: 'local', kind: 'embedded', default: true }],
    mappings: rules.map((rule) => ({ issuer: name, ...rule })),
  };
}
