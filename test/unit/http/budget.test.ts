import { describe, expect, it } from 'vitest';
import { startBudget } from '../../../lib/http/budget.ts';
import { WaxsealError } from '../../../lib/wire/errors.ts';

const never = () => new Promise<never>(() => {});

describe('a budget', () => {
  it('passes on the work’s result if it comes in time, and aborts nothing', async () => {
    const budget = startBudget(60_000);
    expect(await budget.race(Promise.resolve(7))).toBe(7);
    budget.end();
    expect(budget.signal.aborted).toBe(false);
  });

  it('ends the wait and aborts the signal with the same refusal', async () => {
    const budget = startBudget(1);
    const error = await budget.race(never()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(WaxsealError);
    expect(error).toMatchObject({
      code: 'store_unavailable',
      message: 'The request took longer than the broker allows.',
      retryAfter: 1,
    });
    expect(budget.signal.reason).toBe(error);
  });

  it('aborts what is still under way if the work fails', async () => {
    const budget = startBudget(60_000);
    const failure = new Error('refused');
    await expect(budget.race(Promise.reject(failure))).rejects.toBe(failure);
    budget.end();
    expect(budget.signal.reason).toBe(failure);
  });

  it('expires silently if nobody is waiting', async () => {
    const budget = startBudget(1);
    await new Promise((resolve) => budget.signal.addEventListener('abort', resolve));
    expect(budget.signal.aborted).toBe(true);
  });
});
