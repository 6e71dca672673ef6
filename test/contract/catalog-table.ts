import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type CatalogReader,
  type CatalogWriter,
  type Item,
  type ItemChange,
  MAX_CHANGES,
} from '../../lib/catalog/table.ts';

/** Reader and writer of one empty table, and how to get rid of it. */
export interface TableUnderTest {
  readonly reader: CatalogReader;
  readonly writer: CatalogWriter;
  readonly close: () => Promise<void>;
}

const signal = new AbortController().signal;
const put = (pk: string, sk: string, data = `{"at":"${sk}"}`): ItemChange & Item => ({ pk, sk, put: data, data });
const bare = ({ pk, sk, data }: Item): Item => ({ pk, sk, data });
const byKey = (items: readonly Item[]) => items.map(bare).sort((a, b) => (a.pk + a.sk < b.pk + b.sk ? -1 : 1));

/** What every table of the catalog must do. Each test works in partitions of its own. */
export function describeCatalogTable(kind: string, open: () => Promise<TableUnderTest>): void {
  describe(`catalog table: ${kind}`, () => {
    let opened: TableUnderTest;
    let reader: CatalogReader;
    let writer: CatalogWriter;
    beforeAll(async () => {
      opened = await open();
      ({ reader, writer } = opened);
    });
    afterAll(() => opened?.close());

    const sortKeys = async (pk: string, range: Parameters<CatalogReader['query']>[1]) =>
      (await reader.query(pk, range, signal)).items.map(({ sk }) => sk);

    async function refused(work: Promise<unknown>) {
      const error = await work.then(
        () => undefined,
        (thrown) => thrown,
      );
      return { code: error?.code, message: error?.message, retryAfter: error?.retryAfter };
    }
    const conflict = {
      code: 'conflict',
      message: 'The request conflicts with the current state.',
      retryAfter: undefined,
    };

    test('the reader has no way to write, and the writer none to read single items', () => {
      expect(Object.keys(reader).sort()).toEqual(['get', 'query']);
      expect(Object.keys(writer).sort()).toEqual(['all', 'write']);
    });

    test('returns what was put, byte for byte', async () => {
      const data = '{"text":"\\u0000 \\"quoted\\" ü 😀  spaced "}';
      await writer.write([put('get', 'a', data), put('get', 'b')], signal);
      expect(byKey(await reader.get([{ pk: 'get', sk: 'a' }], signal))).toEqual([{ pk: 'get', sk: 'a', data }]);
    });

    test('leaves out keys without an item, and only those', async () => {
      await writer.write([put('absent', 'here')], signal);
      const keys = ['there', 'here', 'nowhere'].map((sk) => ({ pk: 'absent', sk }));
      expect((await reader.get(keys, signal)).map(({ sk }) => sk)).toEqual(['here']);
      expect(await reader.get([{ pk: 'elsewhere', sk: 'here' }], signal)).toEqual([]);
      expect(await reader.get([], signal)).toEqual([]);
    });

    test('reads more keys than fit into one call', async () => {
      const items = Array.from({ length: 250 }, (_, at) => put('many', `n${String(at).padStart(3, '0')}`));
      for (let at = 0; at < items.length; at += MAX_CHANGES)
        await writer.write(items.slice(at, at + MAX_CHANGES), signal);
      expect(byKey(await reader.get(items, signal))).toEqual(items.map(bare));
    });

    test('takes hostile strings as keys and keeps them apart', async () => {
      const texts = [
        "'; DROP TABLE catalog; --",
        '__proto__',
        'constructor',
        '%',
        '_',
        '*',
        ':pk',
        '#sk',
        'ü',
        '😀',
        'a\nb',
      ];
      await writer.write(
        texts.map((text) => put(`hostile${text}`, text)),
        signal,
      );
      for (const text of texts) {
        expect(await sortKeys(`hostile${text}`, {})).toEqual([text]);
        expect(await reader.get([{ pk: `hostile${text}`, sk: text }], signal)).toHaveLength(1);
      }
      expect(await sortKeys('hostile', {})).toEqual([]);
    });

    test('takes keys as long as the catalog makes them', async () => {
      const item = put(`E#${'x'.repeat(2040)}`, 'n'.repeat(1000));
      await writer.write([item], signal);
      expect(await reader.get([item], signal)).toEqual([bare(item)]);
    });

    describe('query', () => {
      const names = ['!', 'a', 'a/*', 'a/b', 'a/c', 'a/c/d', 'ab', 'b', 'b/x'];
      beforeAll(() =>
        writer.write(
          names.map((sk) => put('query', sk)),
          signal,
        ),
      );

      test('goes in order of bytes', async () => {
        expect(await sortKeys('query', {})).toEqual(names);
      });
      test.each([
        ['a', ['a', 'a/*', 'a/b', 'a/c', 'a/c/d', 'ab']],
        ['a/', ['a/*', 'a/b', 'a/c', 'a/c/d']],
        ['a/c', ['a/c', 'a/c/d']],
        ['b/x', ['b/x']],
        ['z', []],
      ])('prefix %s', async (prefix, expected) => {
        expect(await sortKeys('query', { prefix })).toEqual(expected);
      });
      test.each([
        [{ after: 'a/b' }, ['a/c', 'a/c/d', 'ab', 'b', 'b/x']],
        [{ after: 'a/bb' }, ['a/c', 'a/c/d', 'ab', 'b', 'b/x']],
        [{ after: 'b/x' }, []],
        [{ prefix: 'a/', after: 'a/b' }, ['a/c', 'a/c/d']],
        [{ prefix: 'a/', after: 'a/' }, ['a/*', 'a/b', 'a/c', 'a/c/d']],
        [{ prefix: 'a/', after: 'a' }, ['a/*', 'a/b', 'a/c', 'a/c/d']],
        [{ prefix: 'a/', after: 'b' }, []],
      ])('range %j', async (range, expected) => {
        expect(await sortKeys('query', range)).toEqual(expected);
      });

      test('pages of any size contain every item once', async () => {
        for (let limit = 1; limit <= names.length + 1; limit++) {
          const found: string[] = [];
          let after: string | undefined;
          do {
            const page = await reader.query('query', { limit, ...(after === undefined ? {} : { after }) }, signal);
            expect(page.items.length).toBeLessThanOrEqual(limit);
            found.push(...page.items.map(({ sk }) => sk));
            after = page.next;
          } while (after !== undefined);
          expect(found).toEqual(names);
        }
      });
    });

    describe('write', () => {
      test('replaces, deletes, and deletes what is not there', async () => {
        await writer.write([put('write', 'a', '1'), put('write', 'b', '1')], signal);
        await writer.write([put('write', 'a', '2'), { pk: 'write', sk: 'b', delete: true }], signal);
        await writer.write([{ pk: 'write', sk: 'b', delete: true }], signal);
        expect((await reader.query('write', {}, signal)).items).toEqual([{ pk: 'write', sk: 'a', data: '2' }]);
      });

      test.each([
        ['the content differs', { ...put('expect', 'a', '9'), expect: '7' }],
        ['there is already an item', { ...put('expect', 'a', '9'), expect: null }],
        ['there is no item', { ...put('expect', 'none', '9'), expect: '1' }],
        ['a deletion expects other content', { pk: 'expect', sk: 'a', expect: '7', delete: true as const }],
      ])('all or nothing: refused if %s', async (_, change) => {
        await writer.write([put('expect', 'a', '1')], signal);
        expect(await refused(writer.write([put('expect', 'other', '9'), change], signal))).toEqual(conflict);
        expect((await reader.query('expect', {}, signal)).items).toEqual([{ pk: 'expect', sk: 'a', data: '1' }]);
      });

      test('succeeds if the content is as expected', async () => {
        await writer.write([{ ...put('expected', 'a', '1'), expect: null }], signal);
        await writer.write([{ ...put('expected', 'a', '2'), expect: '1' }], signal);
        await writer.write([{ pk: 'expected', sk: 'a', expect: '2', delete: true }], signal);
        await writer.write([{ pk: 'expected', sk: 'a', expect: null, delete: true }], signal);
        expect(await reader.get([{ pk: 'expected', sk: 'a' }], signal)).toEqual([]);
      });

      test('takes 100 changes of the largest cells, and no more than 100', async () => {
        const cells = Array.from({ length: MAX_CHANGES }, (_, at) => put('large', `n${at}`, `"${'x'.repeat(16_000)}"`));
        await writer.write(cells, signal);
        expect(await reader.get(cells, signal)).toHaveLength(MAX_CHANGES);
        expect(await refused(writer.write([...cells, put('large', 'one more')], signal))).toEqual({
          code: 'internal_error',
          message: 'A transaction of the catalog is too large.',
          retryAfter: undefined,
        });
        expect(await reader.get([{ pk: 'large', sk: 'one more' }], signal)).toEqual([]);
        await writer.write([], signal);
      });

      test('of several writes that expect the same content, one succeeds', async () => {
        await writer.write([put('race', 'a', '0')], signal);
        const outcomes = await Promise.all(
          Array.from({ length: 8 }, (_, at) =>
            refused(writer.write([{ ...put('race', 'a', `${at + 1}`), expect: '0' }], signal)),
          ),
        );
        expect(outcomes.filter(({ code }) => code === undefined)).toHaveLength(1);
        expect(outcomes.filter(({ code }) => code === 'conflict')).toHaveLength(7);
      });
    });

    test('reads every item once, more than fit into one page', async () => {
      const items = Array.from({ length: 600 }, (_, at) => put('all', `n${String(at).padStart(3, '0')}`));
      for (let at = 0; at < items.length; at += MAX_CHANGES)
        await writer.write(items.slice(at, at + MAX_CHANGES), signal);
      const found: Item[] = [];
      for await (const item of writer.all(signal)) if (item.pk === 'all') found.push(item);
      expect(byKey(found)).toEqual(items.map(bare));
    });

    test('refuses everything once the budget is used up', async () => {
      const over = AbortSignal.abort(new Error('the budget is used up'));
      const expected = {
        code: 'store_unavailable',
        message: 'The broker cannot reach something it depends on. Try again later.',
        retryAfter: 1,
      };
      expect(await refused(reader.get([{ pk: 'get', sk: 'a' }], over))).toEqual(expected);
      expect(await refused(reader.query('get', {}, over))).toEqual(expected);
      expect(await refused(writer.write([put('over', 'a')], over))).toEqual(expected);
      expect(await refused(Array.fromAsync(writer.all(over)))).toEqual(expected);
      expect(await reader.get([{ pk: 'over', sk: 'a' }], signal)).toEqual([]);
    });
  });
}
