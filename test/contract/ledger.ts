import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LedgerSettings } from '../../lib/audit/guard.ts';
import type { AuditRecord, Guard, Ledger } from '../../lib/audit/ledger.ts';
import { WaxsealError } from '../../lib/wire/errors.ts';

/** What the ledger's table holds for one record, in any shape. */
export interface KeptRecord {
  readonly pk: string;
  readonly at: string;
  readonly ttl?: number;
  readonly record: AuditRecord;
}

/** A ledger to test, and a way to see what it has written. */
export interface LedgerUnderTest {
  ledger(settings: LedgerSettings): Ledger;
  /** Everything stored under one of these request ids. */
  kept(requestIds: readonly string[]): Promise<KeptRecord[]>;
  close(): Promise<void>;
}

const START = Date.UTC(2026, 10, 22, 10);
const START_SECONDS = START / 1000;
const DAY = 86_400;

const SAME_BYTES = { code: 'replayed', message: 'The same request was already accepted.' };
const OTHER_RECIPIENT = { code: 'replayed', message: 'The token was already used for another recipient.' };

/** What every ledger must do: one record for each request, and nothing twice that must not happen twice. */
export function ledgerContract(name: string, open: () => Promise<LedgerUnderTest>): void {
  describe(`ledger: ${name}`, () => {
    let under: LedgerUnderTest;
    let ledger: Ledger;
    let time: number;
    let issuer: string;
    const signal = new AbortController().signal;

    beforeAll(async () => {
      under = await open();
      ledger = under.ledger({});
    });
    beforeEach(() => {
      time = START;
      issuer = `https://issuer.test/${randomUUID()}`; // each test has its own tokens
    });
    afterAll(() => under.close());

    const record = (members: Partial<AuditRecord> = {}): AuditRecord => ({
      request_id: randomUUID(),
      operation: 'get',
      decision: 'allowed',
      issuer,
      subject: 'repo:acme/api:ref:refs/heads/main',
      token_id: 'jti-1',
      recipient: 'XA',
      sealed: false,
      secrets: [{ secret: 'payments/stripe', version: 'current', decision: 'allowed', mapping: 'm1' }],
      ...members,
    });
    const bytes = () => randomUUID();
    const tie = (sealedHash?: string): Guard => ({
      tieToken: true,
      tokenExpiresAt: START_SECONDS + 600,
      ...(sealedHash === undefined ? {} : { sealedHash }),
    });

    const accepts = async (it_: AuditRecord, guard: Guard = {}) => {
      await ledger.record(it_, guard, time, signal);
      expect(await under.kept([it_.request_id])).toHaveLength(1);
    };
    const refuses = async (it_: AuditRecord, guard: Guard, refusal: object) => {
      await expect(ledger.record(it_, guard, time, signal)).rejects.toMatchObject({ name: 'WaxsealError', ...refusal });
      expect(await under.kept([it_.request_id])).toEqual([]);
    };

    it('keeps the whole record, its time and its end', async () => {
      const full = record({
        operation: 'batch-get',
        decision: 'denied',
        code: 'access_denied',
        sealed: true,
        secrets: [
          {
            secret: 'a/b',
            field: 'f',
            version: 3,
            version_id: 'v',
            decision: 'allowed',
            mapping: 'm',
            shadow: ['s1', 's2'],
          },
          { secret: 'a/c', version: 'previous', decision: 'denied' },
        ],
      });
      await ledger.record(full, { sealedHash: bytes() }, time, signal);
      const [kept] = await under.kept([full.request_id]);
      expect(kept).toMatchObject({ at: '2026-11-22T10:00:00.000Z', ttl: START_SECONDS + 90 * DAY });
      expect(kept!.record).toEqual(full);
    });

    it('keeps a record without optional members unchanged', async () => {
      const { token_id: _, ...bare } = record();
      await ledger.record(bare, {}, time, signal);
      expect((await under.kept([bare.request_id]))[0]!.record).toEqual(bare);
    });

    it('accepts plain requests any number of times', async () => {
      for (let i = 0; i < 3; i++) await accepts(record());
    });

    it('treats its own earlier attempt as a success, under every guard', async () => {
      for (const guard of [{}, { sealedHash: bytes() }, tie(), tie(bytes())]) {
        const again = record({ token_id: randomUUID() });
        await accepts(again, guard);
        await accepts(again, guard);
      }
      const second = record();
      const hash = bytes();
      await accepts(record(), tie(bytes()));
      await accepts(second, tie(hash)); // under its sealed bytes, since the token is taken
      await accepts(second, tie(hash));
    });

    it('accepts sealed bytes once, whatever was decided', async () => {
      const [allowed, denied] = [bytes(), bytes()];
      await accepts(record(), { sealedHash: allowed });
      await refuses(record(), { sealedHash: allowed }, SAME_BYTES);
      await accepts(record({ decision: 'denied' }), { sealedHash: denied });
      await refuses(record({ decision: 'denied' }), { sealedHash: denied }, SAME_BYTES);
    });

    it('ties a token to its first recipient', async () => {
      await accepts(record({ recipient: 'XA' }), tie(bytes()));
      await refuses(record({ recipient: 'XB' }), tie(bytes()), OTHER_RECIPIENT);
      await refuses(record({ recipient: 'XB' }), tie(), OTHER_RECIPIENT);
      await accepts(record({ recipient: 'XA' }), tie(bytes()));
      await accepts(record({ recipient: 'XA' }), tie());
      await accepts(record({ recipient: 'XB', token_id: 'jti-2' }), tie(bytes()));
    });

    it('lets the tied recipient repeat, but not its bytes', async () => {
      const [first, second] = [bytes(), bytes()];
      await accepts(record(), tie(first));
      await refuses(record(), tie(first), SAME_BYTES);
      await accepts(record(), tie(second));
      await refuses(record(), tie(second), SAME_BYTES);
      await refuses(record(), tie(first), SAME_BYTES);
    });

    it('ties with a plain request, after which plain and sealed ones of that recipient are accepted', async () => {
      const hash = bytes();
      await accepts(record(), tie());
      await accepts(record(), tie());
      await accepts(record(), tie(hash));
      await refuses(record(), tie(hash), SAME_BYTES);
      await refuses(record({ recipient: 'XB' }), tie(), OTHER_RECIPIENT);
    });

    it('ties no token by refusals and listings', async () => {
      await accepts(record({ recipient: 'XB', decision: 'denied' }), { sealedHash: bytes() });
      await accepts(record({ recipient: 'XC', operation: 'list' }), {});
      await accepts(record({ recipient: 'XA' }), tie(bytes()));
      await accepts(record({ recipient: 'XB', decision: 'denied' }), { sealedHash: bytes() });
    });

    it('releases bytes at most once that were refused before a mapping allowed them', async () => {
      const hash = bytes();
      await accepts(record({ decision: 'denied' }), { sealedHash: hash });
      await accepts(record(), tie(hash));
      await refuses(record(), tie(hash), SAME_BYTES);
    });

    it('keeps issuers apart, even if issuer and jti join to the same string', async () => {
      await accepts(record({ issuer: `${issuer}/a`, token_id: 'bc' }), tie());
      await accepts(record({ issuer: `${issuer}/ab`, token_id: 'c', recipient: 'XB' }), tie());
      await refuses(record({ issuer: `${issuer}/a`, token_id: 'bc', recipient: 'XB' }), tie(), OTHER_RECIPIENT);
    });

    it('ties no token without a jti', async () => {
      const { token_id: _, ...bare } = record();
      const refusal = {
        code: 'invalid_token',
        message: 'The token has no jti claim, which its issuer’s entry requires.',
      };
      await refuses(bare, tie(), refusal);
    });

    it('is unavailable to a request whose time is over', async () => {
      const late = record();
      const attempt = ledger.record(late, {}, time, AbortSignal.abort(new Error('The budget is spent.')));
      await expect(attempt).rejects.toMatchObject({ code: 'audit_unavailable', retryAfter: 1 });
      expect(await under.kept([late.request_id])).toEqual([]);
    });

    it.each([
      ['sealed bytes for 300 s', { sealedHash: 'h' }, START_SECONDS + 300],
      [
        'a tied token until 120 s after its end',
        { tieToken: true, tokenExpiresAt: START_SECONDS + 600.5 },
        START_SECONDS + 721,
      ],
      ['a tied token that never ends for ever', { tieToken: true }, undefined],
      ['a plain request for the retention period', {}, START_SECONDS + 9],
    ] as const)('with a short retention keeps the guard of %s', async (_, guard, ttl) => {
      const short = under.ledger({ retentionDays: 9 / DAY });
      const one = record({ request_id: randomUUID() });
      await short.record(one, 'sealedHash' in guard ? { sealedHash: bytes() } : guard, time, signal);
      expect((await under.kept([one.request_id]))[0]!.ttl).toBe(ttl);
    });

    it('gives a token to exactly one of 1,000 recipients who send it at once', async () => {
      const copies = Array.from({ length: 1000 }, (_, i) => record({ recipient: `X${i}` }));
      const outcomes = await Promise.allSettled(copies.map((copy) => ledger.record(copy, tie(bytes()), time, signal)));
      const winners = copies.filter((_, i) => outcomes[i]!.status === 'fulfilled');
      expect(winners).toHaveLength(1);
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') {
          expect(outcome.reason).toBeInstanceOf(WaxsealError);
          expect(outcome.reason).toMatchObject(OTHER_RECIPIENT);
        }
      const kept = await under.kept(copies.map(({ request_id }) => request_id));
      expect(kept.map(({ record: { request_id } }) => request_id)).toEqual([winners[0]!.request_id]);
      await accepts(record({ recipient: winners[0]!.recipient }), tie(bytes())); // its retry after a lost answer
    });

    it('accepts one of 100 copies of the same sealed bytes at once', async () => {
      for (const guard of [{ sealedHash: bytes() }, tie(bytes())]) {
        const copies = Array.from({ length: 100 }, () => record({ token_id: 'jti-bytes' }));
        const outcomes = await Promise.allSettled(copies.map((copy) => ledger.record(copy, guard, time, signal)));
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: SAME_BYTES });
      }
    });
  });
}
