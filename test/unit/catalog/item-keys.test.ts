import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  anchoredPartition,
  CHANGES,
  callerPartitions,
  cellText,
  component,
  exactPartition,
  holdingOf,
  issuerKey,
  issuerStateKeys,
  mappingCells,
  patternsSortKey,
  recordKey,
  storeKey,
  widePartition,
} from '../../../lib/catalog/item-keys.ts';
import type { TrustedIssuer } from '../../../lib/entries/issuer.ts';
import type { Mapping } from '../../../lib/entries/mapping.ts';
import { matchesGlob } from '../../../lib/mapping/glob.ts';
import type { JsonObject } from '../../../lib/wire/strict-json.ts';
import { aCaller, aMapping, anIssuer } from '../../kit/catalog-samples.ts';

const I = '22:https://issuer.example';

describe('components', () => {
  test.each([
    ['', '0:'],
    ['a', '1:a'],
    ['ü', '2:ü'],
    ['😀', '4:😀'],
    ['1:a', '3:1:a'],
    ['a#b', '3:a#b'],
  ])('%j is %s', (text, expected) => expect(component(text)).toBe(expected));

  test('are spelt out up to 1,000 bytes, and hashed from there', () => {
    expect(component('x'.repeat(1000))).toBe(`1000:${'x'.repeat(1000)}`);
    expect(component('x'.repeat(1001))).toMatch(/^h:[A-Za-z0-9_-]{43}$/);
    expect(component('ü'.repeat(501))).toMatch(/^h:/);
    expect(component('x'.repeat(1001))).not.toBe(component('y'.repeat(1001)));
  });

  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(fc.constantFrom('#', ':', '1', '2', '12', 'h:', 'a', 'E#', '/', '\n', 'ü'), { maxLength: 8 })
      .map((parts) => parts.join('')),
    fc.string().map((text) => text.padEnd(1001, '#')),
  );

  test('keep every two pairs of strings apart', () => {
    const partitions = [exactPartition, anchoredPartition];
    fc.assert(
      fc.property(hostile, hostile, hostile, hostile, fc.nat(1), fc.nat(1), (a, b, c, d, one, other) => {
        const same = a === c && b === d && one === other;
        expect(partitions[one]!(a, b) === partitions[other]!(c, d)).toBe(same);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  test('keep pairs apart that join to the same string', () => {
    fc.assert(
      fc.property(hostile, fc.nat(), fc.nat(), (text, one, other) => {
        const [at, to] = [one % (text.length + 1), other % (text.length + 1)];
        const split = (end: number) => exactPartition(text.slice(0, end), text.slice(end));
        // Half of a surrogate pair is not a valid string: tokens that contain one are refused.
        fc.pre(
          [text.slice(0, at), text.slice(at), text.slice(0, to), text.slice(to)].every((part) => part.isWellFormed()),
        );
        expect(split(at) === split(to)).toBe(at === to);
      }),
      { seed: 2, numRuns: 2000 },
    );
  });

  test('fit DynamoDB: 2,048 bytes of partition key, 1,024 of sort key', () => {
    fc.assert(
      fc.property(hostile, hostile, (a, b) => {
        const long = [a.repeat(50), b.padEnd(1000, 'x')] as const;
        for (const pk of [exactPartition(...long), anchoredPartition(...long), widePartition(long[0], 7)]) {
          expect(Buffer.byteLength(pk)).toBeLessThanOrEqual(2048);
        }
        for (const { sk } of [issuerKey(long[0]), storeKey(long[1])])
          expect(Buffer.byteLength(sk)).toBeLessThanOrEqual(1024);
      }),
      { seed: 3, numRuns: 300 },
    );
  });
});

describe('keys', () => {
  test('are as documented', () => {
    expect(recordKey('payments/stripe')).toEqual({ pk: 'S#payments', sk: 'payments/stripe' });
    expect(recordKey('single')).toEqual({ pk: 'S#single', sk: 'single' });
    expect(patternsSortKey('payments')).toBe('payments/*');
    expect(issuerKey('https://issuer.example')).toEqual({ pk: 'I', sk: I });
    expect(storeKey('aws')).toEqual({ pk: 'T', sk: '3:aws' });
    expect(callerPartitions(aCaller('repo:acme/api:main'), 5)).toEqual([
      `E#${I}#18:repo:acme/api:main`,
      `A#${I}#13:repo:acme/api`,
      `W#${I}#5`,
    ]);
  });
});

describe('what an item holds', () => {
  const [exact, anchored, wide] = callerPartitions(aCaller('repo:acme/api:main'), 5);
  test.each([
    ['issuer', issuerKey('https://issuer.example')],
    ['store', storeKey('aws')],
    ['record', recordKey('payments/stripe')],
    ['state', issuerStateKeys('https://issuer.example')[3]!],
    ['changes', CHANGES],
    ['exact', { pk: exact!, sk: 'a' }],
    ['anchored', { pk: anchored!, sk: 'a/*' }],
    ['wide', { pk: wide!, sk: 'a' }],
    [undefined, { pk: 'X#a', sk: 'a' }],
  ] as const)('is read from its key: %s', (holding, key) => expect(holdingOf(key)).toBe(holding));

  test('the copies of a wide cell count as one cell, and no other two cells do', () => {
    const at = (pk: string) => cellText({ pk, sk: 'a' });
    expect(at(widePartition('https://issuer.example', 2))).toBe(at(wide!));
    expect(at(widePartition('https://other.example', 2))).not.toBe(at(wide!));
    expect(at(exactPartition('https://issuer.example', 's#1'))).not.toBe(
      at(exactPartition('https://issuer.example', 's#2')),
    );
  });
});

describe('the cells of a rule', () => {
  const byClaim = { anchorClaim: 'repository_id' };
  const exact = (subject: string) => [`E#${I}#${subject.length}:${subject}`];
  const anchored = (anchor: string) => [`A#${I}#${anchor.length}:${anchor}`];
  const wide = Array.from({ length: 8 }, (_, copy) => `W#${I}#${copy}`);

  test.each<[Partial<Mapping>, Partial<TrustedIssuer>, string[]]>([
    [{ subject: 'repo:acme/api:main' }, {}, exact('repo:acme/api:main')],
    [{ subject: 'one' }, {}, exact('one')],
    [{ subject: 'repo:acme/api:*' }, {}, anchored('repo:acme/api')],
    [{ subject: 'repo:acme/api:ref:refs/heads/**' }, {}, anchored('repo:acme/api')],
    [{ subject: 'repo:acme/api:**' }, {}, anchored('repo:acme/api')],
    [{ subject: 'repo:acme/api/*' }, {}, anchored('repo:acme/api')],
    [{ subject: 'repo:acme/api*' }, {}, wide],
    [{ subject: 'repo:acme/api**' }, {}, wide],
    [{ subject: 'repo:acme/*:main' }, {}, wide],
    [{ subject: 'repo:*/api:main' }, {}, wide],
    [{ subject: '**' }, {}, wide],
    [{ subject: '*' }, { subjectAnchor: 1 }, wide],
    [{ subject: 'repo:*' }, { subjectAnchor: 1 }, anchored('repo')],
    [{ subject: 'repo:acme/*' }, { subjectAnchor: 2 }, anchored('repo:acme')],
    [{ subject: 'repo:acme/api:*' }, { subjectAnchor: 4 }, wide],
    [{ subject: '::*' }, { subjectAnchor: 2 }, anchored(':')],
    [{ subject: 'repo:acme/api:main' }, byClaim, exact('repo:acme/api:main')],
    [{ subject: 'repo:acme/api:*' }, byClaim, wide],
    [{ subject: 'repo:acme/api:*', claims: { repository_id: '7' } }, byClaim, anchored('7')],
    [{ subject: '**', claims: { repository_id: '7', environment: 'p*' } }, byClaim, anchored('7')],
    [{ subject: '**', claims: { repository_id: ['7'] } }, byClaim, anchored('7')],
    [{ subject: '**', claims: { repository_id: ['7', '8'] } }, byClaim, wide],
    [{ subject: '**', claims: { repository_id: '7*' } }, byClaim, wide],
    [{ subject: '**', claims: { repository_id: 7 } }, byClaim, wide],
    [{ subject: '**', claims: { repository: '7' } }, byClaim, wide],
    [{ subject: '**', claims: { '/a/b': 'x' } }, { anchorClaim: '/a/b' }, anchored('x')],
    [{ subject: '**' }, { anchorClaim: 'constructor' }, wide],
  ])('%j under %j', (mapping, issuer, expected) => {
    const cells = mappingCells(aMapping(mapping), anIssuer(issuer));
    expect(cells.map(({ pk }) => pk)).toEqual(expected);
    expect(new Set(cells.map(({ sk }) => sk))).toEqual(new Set(['payments/stripe']));
  });

  test.each([
    ['payments/stripe', 'payments/stripe'],
    ['payments', 'payments'],
    ['payments/*', 'payments/*'],
    ['payments/stripe/*', 'payments/*'],
  ])('a rule on %s has the sort key %s', (secret, sk) => {
    expect(mappingCells(aMapping({ secret }), anIssuer()).map((key) => key.sk)).toEqual([sk]);
  });
});

describe('the partitions of a caller', () => {
  test.each<[JsonObject, string[]]>([
    [{ repository_id: '7' }, ['7']],
    [{ repository_id: ['7', '8', '7', 9, null] }, ['7', '8']],
    [{ repository_id: 7 }, []],
    [{ repository_id: { 7: '7' } }, []],
    [{}, []],
  ])('anchor claim %j', (claims, anchors) => {
    const caller = aCaller('s', anIssuer({ anchorClaim: 'repository_id' }), claims);
    expect(callerPartitions(caller, 0)).toEqual([
      `E#${I}#1:s`,
      ...anchors.map((anchor) => `A#${I}#${anchor.length}:${anchor}`),
      `W#${I}#0`,
    ]);
  });

  test('refuses a token whose anchor claim has more values than are looked up', () => {
    const claims = (count: number) => ({ repository_id: Array.from({ length: count }, (_, at) => `${at}`) });
    const issuer = anIssuer({ anchorClaim: 'repository_id' });
    expect(callerPartitions(aCaller('s', issuer, claims(8)), 0)).toHaveLength(10);
    expect(() => callerPartitions(aCaller('s', issuer, claims(9)), 0)).toThrow(
      expect.objectContaining({ code: 'invalid_token', message: 'The token’s anchor claim has more than 8 values.' }),
    );
  });

  test('a rule whose subject matches is always in a cell that the caller reads', () => {
    const piece = fc.constantFrom('a', 'b', 'repo', ':', '/', 'ab');
    const pattern = fc
      .array(fc.oneof(piece, fc.constantFrom('*', '**')), { maxLength: 8 })
      .map((parts) => parts.join(''));
    // Subjects made from the pattern, so that many match.
    const both = fc.tuple(pattern, fc.array(piece, { maxLength: 4 })).map(([glob, parts]) => ({
      glob,
      subject: glob.replaceAll(/\*+/g, () => parts.pop() ?? ''),
    }));
    let fitting = 0;
    fc.assert(
      fc.property(both, fc.integer({ min: 1, max: 4 }), fc.nat(7), ({ glob, subject }, subjectAnchor, copy) => {
        if (!matchesGlob(glob, subject)) return;
        fitting++;
        const issuer = anIssuer({ subjectAnchor });
        const read = callerPartitions(aCaller(subject, issuer), copy);
        const cells = mappingCells(aMapping({ subject: glob }), issuer);
        expect(cells.some(({ pk }) => read.includes(pk))).toBe(true);
      }),
      { seed: 4, numRuns: 3000 },
    );
    expect(fitting).toBeGreaterThan(1000);
  });
});
