import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createSharedRead, type SharedRead } from '../../../lib/sharing/shared-read.ts';

const signal = new AbortController().signal;
let now: number;
let asked: PromiseWithResolvers<string>[];
let list: SharedRead<string>;
const read = vi.fn((_: AbortSignal) => {
  const answer = Promise.withResolvers<string>();
  asked.push(answer);
  return answer.promise;
});

beforeEach(() => {
  now = 1_000_000;
  asked = [];
  read.mockClear();
  list = createSharedRead({ read, maxAge: 30_000, timeout: 5_000, now: () => now });
});

/** Runs everything that waits for no outside event. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('what is read together', () => {
  it('is read once however many wait, and kept until it is too old, counted from the start of the read', async () => {
    const all = [list.current(signal), list.current(signal)];
    now += 20_000;
    asked[0]!.resolve('first');
    expect(await Promise.all(all)).toEqual(['first', 'first']);
    now += 9_999;
    expect(await list.current(signal)).toBe('first');
    now += 1;
    const next = list.current(signal);
    asked[1]!.resolve('second');
    expect(await next).toBe('second');
    expect(read).toHaveBeenCalledTimes(2);
  });

  it('is not kept if the clock was set back', async () => {
    const first = list.current(signal);
    asked[0]!.resolve('first');
    await first;
    now -= 1;
    void list.current(signal);
    expect(read).toHaveBeenCalledTimes(2);
  });

  it.each([
    ['fails', () => asked[0]!.reject(new Error('frozen'))],
    [
      'comes after a freeze',
      () => {
        now += 30_000;
        asked[0]!.resolve('old');
      },
    ],
  ])('is read again, once, by all who joined a read that %s', async (_, end) => {
    const began = list.current(signal).catch((error: Error) => error.message);
    const joined = [list.current(signal), list.current(signal)];
    end();
    await settle();
    expect(read).toHaveBeenCalledTimes(2);
    asked[1]!.resolve('young');
    expect(await Promise.all(joined)).toEqual(['young', 'young']);
    expect(['frozen', 'old']).toContain(await began);
  });

  it('is not read a third time', async () => {
    void list.current(signal).catch(() => {});
    const joined = list.current(signal);
    asked[0]!.reject(new Error('down'));
    await settle();
    asked[1]!.reject(new Error('still down'));
    await expect(joined).rejects.toThrow('still down');
    expect(read).toHaveBeenCalledTimes(2);
  });

  it('is waited for no longer than the request’s own signal lasts, while the read continues', async () => {
    void list.current(signal);
    const impatient = new AbortController();
    const waiting = list.current(impatient.signal);
    impatient.abort();
    await expect(waiting).rejects.toMatchObject({
      code: 'store_unavailable',
      message: 'The request ran out of time.',
    });
    asked[0]!.resolve('value');
    await settle();
    expect(await list.current(signal)).toBe('value');
    expect(read).toHaveBeenCalledTimes(1);
    expect(read.mock.calls[0]![0].aborted).toBe(false);
  });

  it('is read again by a read that starts after the call', async () => {
    void list.current(signal);
    const again = list.again(signal);
    asked[0]!.resolve('before');
    await settle();
    asked[1]!.resolve('after');
    expect(await again).toBe('after');
  });
});
