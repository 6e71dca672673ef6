import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Mapping } from '../../../lib/entries/mapping.ts';
import { decide, readable } from '../../../lib/mapping/decide.ts';
import type { Question } from '../../../lib/mapping/question.ts';
import { type Asked, NOW, question, rule } from './rules.ts';

// Few values of each kind, so that rules and questions meet often.
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

const asked: fc.Arbitrary<Question> = fc
  .tuple(
    fc.constantFrom('t/a', 't/b'),
    fc.record({ subject: fc.constantFrom('s:a', 's:b'), version: some(version) }),
    fc.record(
      { field, claims: fc.record({ c: claim }), incomplete: fc.constant(true as const), bindings: some(binding) },
      { requiredKeys: [] },
    ),
  )
  .map(([name, must, may]) => question(name, { ...must, ...may } as Asked));

const runs = { seed: 7, numRuns: 2_000 };

describe('for all rules and questions', () => {
  it('a deny that applies always wins', () => {
    const denies = mapping(fc.constant('deny'));
    fc.assert(
      fc.property(rules, denies, asked, (others, deny, ask) => {
        const enforced: Mapping = { ...deny, mode: 'enforce' };
        const alone = decide([enforced], ask);
        fc.pre(alone.mapping === enforced.id);
        expect(decide([...others, enforced], ask)).toMatchObject({ allowed: false, missing: [], shadow: [] });
      }),
      runs,
    );
  });

  it('one more allow never takes anything away', () => {
    fc.assert(
      fc.property(rules, mapping(fc.constant('allow')), asked, (others, allow, ask) => {
        if (decide(others, ask).allowed) expect(decide([...others, allow], ask).allowed).toBe(true);
      }),
      runs,
    );
  });

  it('one more deny never gives anything', () => {
    fc.assert(
      fc.property(rules, mapping(fc.constant('deny')), asked, (others, deny, ask) => {
        if (!decide(others, ask).allowed) expect(decide([...others, deny], ask).allowed).toBe(false);
      }),
      runs,
    );
  });

  it('the order of the rules does not matter', () => {
    const shuffled = rules.chain((one) =>
      fc.tuple(fc.constant(one), fc.shuffledSubarray(one, { minLength: one.length, maxLength: one.length })),
    );
    fc.assert(
      fc.property(shuffled, asked, ([one, other], ask) => {
        expect(decide(other, ask)).toEqual(decide(one, ask));
        expect(readable(other, ask)).toEqual(readable(one, ask));
      }),
      runs,
    );
  });

  it('shadow rules change nothing, and each that is told would have, by itself', () => {
    fc.assert(
      fc.property(rules, asked, (all, ask) => {
        const enforced = all.filter(({ mode }) => mode === 'enforce');
        const { shadow, ...outcome } = decide(all, ask);
        const { shadow: none, ...plain } = decide(enforced, ask);
        expect(none).toEqual([]);
        expect(outcome).toEqual(plain);
        for (const one of all.filter(({ mode }) => mode === 'shadow')) {
          const changed = decide([...enforced, { ...one, mode: 'enforce' }], ask).allowed !== plain.allowed;
          expect(shadow.includes(one.id)).toBe(changed);
        }
      }),
      runs,
    );
  });

  it('who may read the whole may read every field of it, and nothing is listed that a get refuses', () => {
    fc.assert(
      fc.property(rules, asked, (all, { field: _, ...ask }) => {
        const found = readable(all, ask);
        expect(found.whole).toBe(decide(all, ask).allowed);
        for (const one of found.fields) expect(decide(all, { ...ask, field: one }).allowed).toBe(true);
        if (found.whole)
          for (const one of ['f', 'g', 'h']) expect(decide(all, { ...ask, field: one }).allowed).toBe(true);
      }),
      runs,
    );
  });
});
