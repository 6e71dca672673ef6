import { describe, expect, it } from 'vitest';
import { readable } from '../../../lib/mapping/decide.ts';
import { access, rule } from './rules.ts';

describe('what of a secret is readable', () => {
  const whole = rule('all', 'allow', 'a');
  const some = rule('some', 'allow', 'a', { fields: ['y', 'x'] });
  const notX = rule('no', 'deny', 'a', { fields: ['x'] });

  it.each([
    ['nothing', [], { whole: false, fields: [], otherFields: false }],
    ['the whole', [whole], { whole: true, fields: [], otherFields: false }],
    [
      'the whole secret, although another rule grants fields',
      [whole, some],
      { whole: true, fields: [], otherFields: false },
    ],
    ['fields', [some], { whole: false, fields: ['x', 'y'], otherFields: false }],
    ['fields but the denied', [some, notX], { whole: false, fields: ['y'], otherFields: false }],
    ['all fields but the denied', [whole, notX], { whole: false, fields: [], otherFields: true }],
    [
      'named and unnamed fields but the denied',
      [whole, some, notX],
      { whole: false, fields: ['y'], otherFields: true },
    ],
    [
      'nothing if everything is denied',
      [whole, some, rule('no', 'deny', 'a')],
      { whole: false, fields: [], otherFields: false },
    ],
    [
      'nothing by shadow rules',
      [{ ...whole, mode: 'shadow' as const }],
      { whole: false, fields: [], otherFields: false },
    ],
  ])('%s', (_, rules, expected) => {
    expect(readable(rules, access('a'))).toEqual(expected);
    expect(readable(rules.toReversed(), access('a', { field: 'x' }))).toEqual(expected);
  });
});
