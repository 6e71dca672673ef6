import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guardedLedger, type LedgerItem, type PriorRecord, type PutOnce } from '../../../lib/audit/guard.ts';
import type { AuditRecord, Guard } from '../../../lib/audit/ledger.ts';
import { WaxsealError } from '../../../lib/wire/errors.ts';

const signal = new AbortController().signal;

/** One request of a run: from whom, with which token and sealed bytes (none: plain), and what happens to its writes. */
interface Asked {
  readonly recipient: string;
  readonly jti: string;
  readonly bytes: number | undefined;
  readonly tie: boolean;
  /** What happens to its first write. `retried`: its answer is lost and the SDK repeats it; `lost`: its answer is lost for good. */
  readonly luck: 'good' | 'retried' | 'lost' | 'failed';
}

const asked = fc.record<Asked>({
  recipient: fc.constantFrom('XA', 'XB', 'XC'),
  jti: fc.constantFrom('j1', 'j2'),
  bytes: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }),
  tie: fc.boolean(),
  luck: fc.constantFrom('good', 'good', 'good', 'retried', 'lost', 'failed'),
});

/** Sealed bytes contain token and recipient; whether they tie does not change between two attempts. */
const hashOf = ({ recipient, jti, bytes, tie }: Asked) =>
  bytes === undefined ? undefined : `${recipient}.${jti}.${bytes}.${tie}`;

const guardOf = (one: Asked): Guard => {
  const sealedHash = hashOf(one);
  return { tieToken: one.tie, tokenExpiresAt: 1, ...(sealedHash === undefined ? {} : { sealedHash }) };
};

const recordOf = (one: Asked, i: number): AuditRecord => ({
  request_id: `r${i}`,
  operation: 'get',
  decision: 'allowed',
  issuer: 'https://issuer.test',
  subject: 's',
  token_id: one.jti,
  recipient: one.recipient,
  sealed: one.bytes !== undefined,
  secrets: [],
});

/** Runs all requests at once; the scheduler decides in which order their writes reach the table. */
async function run(requests: readonly Asked[], scheduler: fc.Scheduler) {
  const table = new Map<string, LedgerItem>();
  const write = (item: LedgerItem): PriorRecord | undefined => {
    const there = table.get(item.pk);
    if (there === undefined) return void table.set(item.pk, item);
    const { request_id, recipient } = there.record;
    return { request_id, recipient, ...(there.sealed_hash === undefined ? {} : { sealed_hash: there.sealed_hash }) };
  };
  const outcomes = await scheduler.waitFor(
    Promise.all(
      requests.map(async (one, i) => {
        let luck = one.luck;
        const putOnce: PutOnce = async (item) => {
          await scheduler.schedule(Promise.resolve());
          const now = luck;
          luck = 'good';
          if (now === 'failed') throw new WaxsealError('audit_unavailable');
          const answer = write(item);
          if (now === 'lost') throw new WaxsealError('audit_unavailable');
          if (now === 'good') return answer;
          await scheduler.schedule(Promise.resolve());
          return write(item);
        };
        try {
          await guardedLedger(putOnce).record(recordOf(one, i), guardOf(one), 0, signal);
          return 'accepted';
        } catch (error) {
          return (error as WaxsealError).code;
        }
      }),
    ),
  );
  return { table, outcomes };
}

const settings = { seed: 20261122, numRuns: 1500 };

describe('the replay guard, in every order of writes', () => {
  it('has one recipient per tied token, accepts bytes once, and has a record of everything it accepts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(asked, { minLength: 2, maxLength: 8 }), async (scheduler, requests) => {
        const { table, outcomes } = await run(requests, scheduler);
        const accepted = requests.filter((_, i) => outcomes[i] === 'accepted');

        for (const jti of ['j1', 'j2']) {
          const recipients = accepted.filter((one) => one.tie && one.jti === jti).map(({ recipient }) => recipient);
          expect(new Set(recipients).size).toBeLessThanOrEqual(1);
        }
        const hashes = accepted.map(hashOf).filter((hash) => hash !== undefined);
        expect(new Set(hashes).size).toBe(hashes.length);

        const records = [...table.values()].map(({ record }) => record.request_id);
        expect(new Set(records).size).toBe(records.length);
        for (const [i, outcome] of outcomes.entries())
          if (outcome === 'accepted') expect(records).toContain(`r${i}`);
          else if (requests[i]!.luck === 'good') expect(records).not.toContain(`r${i}`);
      }),
      settings,
    );
  });

  it('refuses nothing without a reason', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(asked, { minLength: 2, maxLength: 8 }), async (scheduler, requests) => {
        const { table, outcomes } = await run(requests, scheduler);
        const items = [...table.values()];
        for (const [i, outcome] of outcomes.entries()) {
          const one = requests[i]!;
          if (outcome === 'audit_unavailable') expect(['lost', 'failed']).toContain(one.luck);
          if (outcome !== 'replayed') continue;
          const hash = hashOf(one);
          const seen = items.some((item) => item.sealed_hash !== undefined && item.sealed_hash === hash);
          const taken = items.some(
            ({ pk, record }) =>
              pk.startsWith('T#') && record.token_id === one.jti && record.recipient !== one.recipient,
          );
          expect(seen || (one.tie && taken)).toBe(true);
        }
      }),
      settings,
    );
  });
});
