import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { TrustedIssuer } from '../../../lib/entries/issuer.ts';
import { createIssuerDirectory } from '../../../lib/token/issuer-directory.ts';
import { WaxsealError } from '../../../lib/wire/errors.ts';
import { createTestIssuer, type TestIssuer } from '../../kit/test-issuer.ts';
import { expectRefusal, signal, TestClock } from './verifying.ts';

let issuer: TestIssuer;
beforeAll(async () => {
  issuer = await createTestIssuer();
});

function setUp() {
  const clock = new TestClock();
  const load = vi.fn<(signal: AbortSignal) => Promise<TrustedIssuer[]>>(async () => [issuer.entry()]);
  return { clock, load, directory: createIssuerDirectory({ load, now: clock.ms }) };
}

describe('the directory of issuers', () => {
  test('finds an issuer by its exact name only', async () => {
    const { directory } = setUp();
    expect((await directory.find(issuer.issuer, signal))?.fingerprint).toBe('1');
    for (const name of [`${issuer.issuer}/`, issuer.issuer.toUpperCase(), '', 'constructor', '__proto__']) {
      expect(await directory.find(name, signal)).toBeUndefined();
    }
  });

  test('reads once for many callers, and not at all for unknown issuers while the list is fresh', async () => {
    const { clock, load, directory } = setUp();
    await Promise.all(Array.from({ length: 100 }, (_, n) => directory.find(`https://invented-${n}.example`, signal)));
    clock.seconds += 29;
    await directory.find('https://another.example', signal);
    expect(load).toHaveBeenCalledTimes(1);
    clock.seconds += 1;
    await directory.find(issuer.issuer, signal);
    expect(load).toHaveBeenCalledTimes(2);
  });

  test('counts a list’s age from the start of its read', async () => {
    const { clock, load, directory } = setUp();
    const slow = Promise.withResolvers<TrustedIssuer[]>();
    load.mockReturnValueOnce(slow.promise);
    const first = directory.find(issuer.issuer, signal);
    clock.seconds += 30;
    slow.resolve([]);
    expect(await first).toBeUndefined();
    expect(await directory.find(issuer.issuer, signal)).toBeDefined();
    expect(load).toHaveBeenCalledTimes(2);
  });

  test('passes a failure on, and uses no list past its age', async () => {
    const { clock, load, directory } = setUp();
    await directory.find(issuer.issuer, signal);
    clock.seconds += 30;
    load.mockRejectedValueOnce(new WaxsealError('store_unavailable', 'The catalog cannot be read.'));
    await expectRefusal(directory.find(issuer.issuer, signal), 'store_unavailable', 'The catalog cannot be read.');
    load.mockRejectedValueOnce(new Error('unexpected'));
    await expectRefusal(directory.find(issuer.issuer, signal), 'internal_error', 'Something went wrong on our side.');
    expect(await directory.find(issuer.issuer, signal)).toBeDefined();
  });

  test('refreshes by a read that starts after the call', async () => {
    const { load, directory } = setUp();
    const slow = Promise.withResolvers<TrustedIssuer[]>();
    load.mockReturnValueOnce(slow.promise).mockResolvedValue([issuer.entry({ fingerprint: '2' })]);
    const first = directory.find(issuer.issuer, signal);
    const refreshed = Promise.all([directory.refresh(signal), directory.refresh(signal)]);
    slow.resolve([issuer.entry()]);
    await first;
    await refreshed;
    expect((await directory.find(issuer.issuer, signal))?.fingerprint).toBe('2');
    expect(load).toHaveBeenCalledTimes(2);
  });

  test('lets no request wait longer than its budget', async () => {
    const { load, directory } = setUp();
    const slow = Promise.withResolvers<TrustedIssuer[]>();
    load.mockReturnValueOnce(slow.promise);
    const gone = directory.find(issuer.issuer, AbortSignal.abort());
    await expectRefusal(gone, 'store_unavailable', 'The request ran out of time.');
    slow.resolve([issuer.entry()]);
    expect(await directory.find(issuer.issuer, signal)).toBeDefined();
    expect(load).toHaveBeenCalledTimes(1);
  });
});
