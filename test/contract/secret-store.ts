import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fetched, SecretReader, SecretWriter, StoreVersion } from '../../lib/stores/store.ts';
import { WaxsealError } from '../../lib/wire/errors.ts';
import { SecretValue } from '../../lib/wire/secret-value.ts';
import { everythingIn } from '../kit/everything-in.ts';

/** Both sides of a store to try, and how to make refs that were never used. */
export interface StoreUnderTest {
  readonly reader: SecretReader;
  readonly writer: SecretWriter;
  readonly prefix: string;
  close(): Promise<void>;
}

const NOT_FOUND = { name: 'WaxsealError', code: 'not_found' };
const UNAVAILABLE = { name: 'WaxsealError', code: 'store_unavailable', retryAfter: 1 };

/** What every store must do: the contracts of `SecretReader` and `SecretWriter`, as tests. */
export function secretStoreContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`secret store: ${name}`, () => {
    let reader: SecretReader;
    let writer: SecretWriter;
    let under: StoreUnderTest;
    const signal = new AbortController().signal;
    const canary = `canary-${randomUUID()}`;
    const text = (value: string) => new SecretValue(value);
    const newRef = () => `${under.prefix}/${randomUUID()}`;
    const get = (ref: string, version: StoreVersion = 'current') => reader.get({ ref, version }, signal);
    const shown = (outcome: Fetched) => (outcome instanceof WaxsealError ? outcome.code : outcome.value.reveal());

    beforeAll(async () => {
      under = await open();
      ({ reader, writer } = under);
    });
    afterAll(() => under.close());

    it('keeps reading and writing apart: the reader cannot write, and the writer cannot read a value', () => {
      expect(Object.keys(reader).sort()).toEqual(['get', 'getMany']);
      expect(Object.keys(writer).sort()).toEqual(['delete', 'describe', 'put']);
    });

    it.each([
      ['a string', 'hunter2'],
      ['a string with quotes, line ends and many kinds of letters', '{"a":"\\n ü 🦭"}\r\n\t'],
      ['the longest string', 'x'.repeat(65_536)],
    ])('returns %s as a string', async (_, value) => {
      const ref = newRef();
      const versionId = await writer.put(ref, text(value), signal);
      const stored = await get(ref);
      expect(stored.value).toBeInstanceOf(SecretValue);
      expect(stored.value.reveal()).toBe(value);
      expect(stored.versionId).toBe(versionId);
    });

    it.each([
      ['bytes that are not UTF-8', Uint8Array.of(0, 255, 254, 128, 10)],
      ['bytes that are UTF-8', new TextEncoder().encode('hunter2')],
      ['the most bytes', new Uint8Array(randomBytes(65_536))],
    ])('returns %s as bytes', async (_, value) => {
      const ref = newRef();
      await writer.put(ref, new SecretValue(value), signal);
      const read = (await get(ref)).value.reveal();
      expect(read).toBeInstanceOf(Uint8Array);
      expect(Buffer.from(read as Uint8Array).equals(value)).toBe(true);
    });

    it('refuses a value of 65,537 bytes, counted as UTF-8, and keeps nothing', async () => {
      const ref = newRef();
      const refusal = { code: 'too_large', message: 'The value is larger than 65,536 bytes.' };
      await expect(writer.put(ref, text(`${'x'.repeat(65_535)}ü`), signal)).rejects.toMatchObject(refusal);
      await expect(writer.put(ref, new SecretValue(new Uint8Array(65_537)), signal)).rejects.toMatchObject(refusal);
      await expect(get(ref)).rejects.toMatchObject(NOT_FOUND);
    });

    it('keeps current, previous and older versions apart', async () => {
      const ref = newRef();
      const one = await writer.put(ref, text('one'), signal);
      await expect(get(ref, 'previous')).rejects.toMatchObject(NOT_FOUND);
      expect(await writer.describe(ref, signal)).toEqual({ ids: [one], current: one });
      const two = await writer.put(ref, text('two'), signal);
      expect((await get(ref)).value.reveal()).toBe('two');
      expect(await get(ref, 'previous')).toMatchObject({ versionId: one });
      expect((await get(ref, { id: one })).value.reveal()).toBe('one');
      expect((await get(ref, { id: two })).value.reveal()).toBe('two');
      const three = await writer.put(ref, text('three'), signal);
      expect((await get(ref, 'previous')).value.reveal()).toBe('two');
      expect(await writer.describe(ref, signal)).toMatchObject({ current: three, previous: two });
      expect((await writer.describe(ref, signal)).ids).toEqual(expect.arrayContaining([two, three]));
    });

    it('makes a new version even for an equal value', async () => {
      const ref = newRef();
      const one = await writer.put(ref, text('same'), signal);
      expect(await writer.put(ref, text('same'), signal)).not.toBe(one);
    });

    it('finds nothing where nothing is stored', async () => {
      const [ref, other] = [newRef(), newRef()];
      await writer.put(ref, text('here'), signal);
      const foreign = await writer.put(other, text('there'), signal);
      const message = 'The store has no such secret or version.';
      await expect(get(newRef())).rejects.toMatchObject({ ...NOT_FOUND, message });
      await expect(get(newRef(), 'previous')).rejects.toMatchObject({ ...NOT_FOUND, message });
      await expect(get(ref, { id: randomUUID() })).rejects.toMatchObject({ ...NOT_FOUND, message });
      await expect(get(ref, { id: foreign })).rejects.toMatchObject({ ...NOT_FOUND, message });
      for (const id of ['', '1', 'current', 'AWSCURRENT', "' OR 1=1 --", 'x'.repeat(10_000)])
        await expect(get(ref, { id })).rejects.toMatchObject({ ...NOT_FOUND, message });
      for (const odd of ['', ' ', 'a:b', `${ref} `, `${ref}/`, '../x', 'ü', 'x'.repeat(10_000)])
        await expect(get(odd)).rejects.toMatchObject({ ...NOT_FOUND, message });
      await expect(writer.describe(newRef(), signal)).rejects.toMatchObject(NOT_FOUND);
      await expect(writer.delete(newRef(), signal)).rejects.toMatchObject(NOT_FOUND);
    });

    it('reads many in the order of the lookups, each with its own result', async () => {
      const [a, b, absent] = [newRef(), newRef(), newRef()];
      const first = await writer.put(a, text('a1'), signal);
      await writer.put(a, text('a2'), signal);
      await writer.put(b, new SecretValue(Uint8Array.of(7)), signal);
      const outcomes = await reader.getMany(
        [
          { ref: b, version: 'current' },
          { ref: absent, version: 'current' },
          { ref: a, version: 'previous' },
          { ref: a, version: 'current' },
          { ref: b, version: 'previous' },
          { ref: a, version: { id: first } },
          { ref: b, version: 'current' },
          { ref: 'a:b', version: 'current' },
        ],
        signal,
      );
      const [seven, ...rest] = outcomes.map(shown);
      expect(Array.from(seven as Uint8Array)).toEqual([7]);
      expect(rest).toEqual(['not_found', 'a1', 'a2', 'not_found', 'a1', seven, 'not_found']);
      expect(await reader.getMany([], signal)).toEqual([]);
    });

    it('reads more than two batches at once', async () => {
      const refs = Array.from({ length: 43 }, newRef);
      for (const [i, ref] of refs.entries()) if (i % 10 !== 3) await writer.put(ref, text(`value ${i}`), signal);
      const wanted = refs.map((ref) => ({ ref, version: 'current' as const }));
      const outcomes = await reader.getMany(wanted, signal);
      expect(outcomes.map(shown)).toEqual(refs.map((_, i) => (i % 10 === 3 ? 'not_found' : `value ${i}`)));
    });

    it('deletes a ref with all its versions, and no other', async () => {
      const [ref, other] = [newRef(), newRef()];
      const ids = [await writer.put(ref, text('one'), signal), await writer.put(ref, text('two'), signal)];
      await writer.put(other, text('stays'), signal);
      await writer.delete(ref, signal);
      for (const version of ['current', 'previous', { id: ids[0]! }, { id: ids[1]! }] as const)
        await expect(get(ref, version)).rejects.toMatchObject(NOT_FOUND);
      await expect(writer.describe(ref, signal)).rejects.toMatchObject(NOT_FOUND);
      await expect(writer.delete(ref, signal)).rejects.toMatchObject(NOT_FOUND);
      expect((await get(other)).value.reveal()).toBe('stays');
    });

    it('never uses a version id again', async () => {
      const ref = newRef();
      const before = await writer.put(ref, text('before'), signal);
      await writer.delete(ref, signal);
      expect(await writer.put(ref, text('after'), signal)).not.toBe(before);
      await expect(get(ref, { id: before })).rejects.toMatchObject(NOT_FOUND);
      await expect(get(ref, 'previous')).rejects.toMatchObject(NOT_FOUND);
    });

    it('is unavailable to a request whose time is over', async () => {
      const ref = newRef();
      await writer.put(ref, text('here'), signal);
      const over = AbortSignal.abort(new Error('The budget is spent.'));
      await expect(reader.get({ ref, version: 'current' }, over)).rejects.toMatchObject(UNAVAILABLE);
      await expect(writer.put(ref, text('late'), over)).rejects.toMatchObject(UNAVAILABLE);
      await expect(writer.delete(ref, over)).rejects.toMatchObject(UNAVAILABLE);
      await expect(writer.describe(ref, over)).rejects.toMatchObject(UNAVAILABLE);
      const many = await reader.getMany(
        [
          { ref, version: 'current' },
          { ref, version: 'previous' },
        ],
        over,
      );
      expect(many).toMatchObject([UNAVAILABLE, UNAVAILABLE]);
      expect((await get(ref)).value.reveal()).toBe('here');
    });

    it('shows no value in any refusal or listing', async () => {
      const ref = newRef();
      const id = await writer.put(ref, text(canary), signal);
      const over = AbortSignal.abort();
      const seen = await Promise.all(
        [
          get(ref),
          get(ref, 'previous'),
          get(ref, { id: randomUUID() }),
          reader.get({ ref, version: { id } }, over),
          writer.put(ref, text(canary), over),
          writer.put(ref, text(canary.repeat(2000)), signal),
          writer.describe(ref, signal),
          reader.getMany(
            [
              { ref, version: 'current' },
              { ref, version: 'previous' },
            ],
            signal,
          ),
        ].map((step) => step.catch((error: unknown) => error)),
      );
      expect(everythingIn(seen)).not.toContain(canary);
      expect(everythingIn(seen)).not.toContain(Buffer.from(canary).toString('base64').slice(0, 40));
    });
  });
}
