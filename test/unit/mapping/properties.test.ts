import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Mapping } from '../../../lib/entries/mapping.ts';
import type { Access } from '../../../lib/mapping/access.ts';
import { decide, readable } from '../../../lib/mapping/decide.ts';
import { type AccessParts, access, NOW, rule } from './rules.ts';

// Few values of each kind, so that rules and accesses meet often.
const subject = fc.constantFrom('s:a', 's:b', 's:*', '**');
const secret = fc.constantFrom('t/a', 't/b', 't/*');
const claim = fc.constantFrom('x', 'y', '*');
const field = fc.constantFrom('f', 'g');
const version = fc.constantFrom('current' as const, 'previous' as const, 3, 4, 'id-4');
const binding = fc.constantFrom('sealed' as const, 'cnf' as const);
const time = fc.constantFrom(NOW - 1, NOW, NOW + 1);
const some = <T>(of: fc.Arbitrary<T>) => fc.uniqueArray(of, { minLength: 1, maxLength: 2 });

const optional = fc.record(
  {
    claims: fc.record({ c: claim }),
    fields: some(field),
    versions: some(version),
    notBefore: time,
    expiresAt: time,
    require: some(binding),
    mode: fc.constantFrom('enforce' as const, 'shadow' as const),
  },
  { requiredKeys: [] },
);
const mapping = (effect: fc.Arbitrary<'allow' | 'deny'>): fc.Arbitrary<Mapping> =>
  fc
    .tuple(
      fc.string({ unit: fc.constantFrom('0', '1', '2'), minLength: 6, maxLength: 6 }),
      effect,
      secret,
      subject,
      optional,
    )
    .map(([id, kind, name, who, more]) => rule(id, kind, name, { subject: who, ...more }));
const any = mapping(fc.constantFrom('allow', 'deny'));
const rules = fc.uniqueArray(any, { maxLength: 8, selector: ({ id }) => id });

const accesses: fc.Arbitrary<Access> = fc
  .tuple(
    fc.constantFrom('t/a', 't/b'),
    fc.record({ subject: fc.constantFrom('s:a', 's:b'), version: some(version) }),
    fc.record(
      { field, claims: fc.record({ c: claim }), incomplete: fc.constant(true as const), bindings: some(binding) },
      { requiredKeys: [] },
    ),
  )
  .map(([name, must, may]) => access(name, { ...must, ...may } as AccessParts));

const runs = { seed: 7, numRuns: 2_000 };

describe('for all rules and accesses', () => {
  it('a deny that applies always wins', () => {
    const denies = mapping(fc.constant('deny'));
    fc.assert(
      fc.property(rules, denies, accesses, (others, deny, request) => {
        const enforced: Mapping = { ...deny, mode: 'enforce' };
        const alone = decide([enforced], request);
        fc.pre(alone.mapping === enforced.id);
        expect(decide([...others, enforced], request)).toMatchObject({ allowed: false, missing: [], shadow: [] });
      }),
      runs,
    );
  });

  it('one more allow never takes anything away', () => {
    fc.assert(
      fc.property(rules, mapping(fc.constant('allow')), accesses, (others, allow, request) => {
        if (decide(others, request).allowed) expect(decide([...others, allow], request).allowed).toBe(true);
      }),
      runs,
    );
  });

  it('one more deny never gives anything', () => {
    fc.assert(
      fc.property(rules, mapping(fc.constant('deny')), accesses, (others, deny, request) => {
        if (!decide(others, request).allowed) expect(decide([...others, deny], request).allowed).toBe(false);
      }),
      runs,
    );
  });

  it('the order of the rules does not matter', () => {
    const shuffled = rules.chain((one) =>
      fc.tuple(fc.constant(one), fc.shuffledSubarray(one, { minLength: one.length, maxLength: one.length })),
    );
    fc.assert(
      fc.property(shuffled, accesses, ([one, other], request) => {
        expect(decide(other, request)).toEqual(decide(one, request));
        expect(readable(other, request)).toEqual(readable(one, request));
      }),
      runs,
    );
  });

  it('shadow rules change nothing, and each that is reported would have changed the outcome by itself', () => {
    fc.assert(
      fc.property(rules, accesses, (all, request) => {
        const enforced = all.filter(({ mode }) => mode === 'enforce');
        const { shadow, ...outcome } = decide(all, request);
        const { shadow: none, ...plain } = decide(enforced, request);
        expect(none).toEqual([]);
        expect(outcome).toEqual(plain);
        for (const one of all.filter(({ mode }) => mode === 'shadow')) {
          const changed = decide([...enforced, { ...one, mode: 'enforce' }], request).allowed !== plain.allowed;
          expect(shadow.includes(one.id)).toBe(changed);
        }
      }),
      runs,
    );
  });

  it('who may read the whole may read every field of it, and nothing is listed that a get refuses', () => {
    fc.assert(
      fc.property(rules, accesses, (all, { field: _, ...request }) => {
        const found = readable(all, request);
        expect(found.whole).toBe(decide(all, request).allowed);
        for (const one of found.fields) expect(decide(all, { ...request, field: one }).allowed).toBe(true);
        if (found.whole)
          for (const one of ['f', 'g', 'h']) expect(decide(all, { ...request, field: one }).allowed).toBe(true);
      }),
      runs,
    );
  });
});
