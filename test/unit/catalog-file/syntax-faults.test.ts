import { describe, expect, it } from 'vitest';
import { faultsOf, withMapping } from './reading.ts';

describe('faults of the YAML itself', () => {
  it.each([
    ['', '1:1 expected issuers, stores, secrets or mappings at the top of the file'],
    ['[a]', '1:1 expected issuers, stores, secrets or mappings at the top of the file'],
    [
      'stores: [\n',
      '2:1 expected YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['stores:\n\t- a', '2:1 expected spaces for indentation, found a tab'],
    ['stores: []\nstores: []', '2:1 expected "stores" only once, found it again'],
    ['stores: !!set []', '1:9 expected a value without a tag, found "!!set"'],
    ['stores: !js/function "x"', '1:9 expected a value without a tag, found "!js/function"'],
    ['stores: *s', '1:9 expected an anchor &s before its alias, or quotes around a value that begins with *: "*s"'],
    ['stores: []\n---\nstores: []', '2:1 expected a single YAML document, found another'],
    ['%YAML 1.1\n---\nstores: []', '1:1 expected YAML 1.2'],
    ['? [a]\n: b', '1:3 expected YAML: With stringKeys, all keys must be strings'],
    ['__proto__: []', '1:1 expected a member name, found "__proto__", which is not allowed'],
    ['<<: []', '1:1 <<'],
  ])('%j', (text, expected) => {
    expect(faultsOf(text)[0]).toContain(`catalog.yaml:${expected.replace('<<', '["<<"]: expected one of issuers')}`);
  });

  it('include too many nested aliases', () => {
    const levels = Array.from(
      { length: 8 },
      (_, n) => `l${n}: &l${n} [${n === 0 ? 'x' : Array(9).fill(`*l${n - 1}`)}]`,
    );
    expect(faultsOf(levels.join('\n'))).toEqual([
      'catalog.yaml:1:1 expected at most 10000 aliases, counting nested ones',
    ]);
  });

  it('include an alias inside its own anchor', () => {
    expect(faultsOf('issuers: &i [*i]')).toEqual([
      'catalog.yaml:1:14 issuers[0]: expected a map such as { issuer: …, audience: … }, found a list',
    ]);
    expect(faultsOf('stores: [&s { name: *s, kind: *s }]')).toHaveLength(2);
  });

  it('do not include one alias in many places', () => {
    const rule = (at: number) => `  - { secret: s/${at}, issuer: *i, subject: s }`;
    const rules = Array.from({ length: 500 }, (_, at) => rule(at)).join('\n');
    const head = 'issuers:\n  - { issuer: &i https://i.example, audience: a }\nmappings:\n';
    expect(faultsOf(head + rules)).toEqual([]);
  });
});

describe('a value that begins with * needs quotes', () => {
  it.each(['**', '*', '*:x', '*/x', '**/x', '**:environment:x'])('subject: %s', (glob) => {
    const expected = `expected quotes around a value that begins with *: "${glob}"`;
    const block = withMapping('issuer: https://i.example', `subject: ${glob}`, 'mode: shadow');
    expect(faultsOf(block)).toEqual([`catalog.yaml:7:14 ${expected}`]);
    const flow = `mappings: [{ secret: a, subject: ${glob}, issuer: i }]`;
    expect(faultsOf(flow)).toEqual([`catalog.yaml:1:34 ${expected}`]);
  });

  it('each of them is reported, and what follows on the same line is not', () => {
    expect(faultsOf('mappings:\n  - subject: ** x\n    secret: *')).toEqual([
      'catalog.yaml:2:14 expected quotes around a value that begins with *: "**"',
      'catalog.yaml:3:13 expected quotes around a value that begins with *: "*"',
    ]);
  });
});

describe('only one fault of syntax is reported, in words that say what to write', () => {
  const TAB = 'expected spaces for indentation, found a tab';
  const DEEPER = 'expected the same indentation as the line before, found more';
  it.each([
    ['mappings:\n\t- secret: a\n\t  issuer: b\n', `2:1 ${TAB}`],
    ['mappings:\n  - secret: a\n\tissuer: b\n\tsubject: c\n', `3:1 ${TAB}`],
    ['mappings:\n  - {\n\tsecret: a\n  }\n', `3:2 ${TAB}`],
    ['mappings:\n  - secret: a\n      issuer: b\n', `3:7 ${DEEPER}`],
    ['mappings:\n  - secret: a\n   issuer: b\n', '3:1 expected a dash, or the same indentation as the lines before'],
    ['mappings:\n  - secret: a\n    issuer\n    subject: b\n', '3:5 expected a name, a colon and a value on one line'],
    ['Dear all,\nplease: see\n* this\n- and: that: too\n', '1:1 expected a name, a colon and a value on one line'],
    ['mappings:\n  - subject: repo:a: b\n', '2:14 expected quotes around a value that contains a colon and a space'],
    ['mappings:\n  - subject: @a\n    secret: `b`\n', '2:14 expected quotes around a value that begins with @'],
    ['stores: "a\n', '2:1 expected a closing "'],
    ["stores: 'a\n", "2:1 expected a closing '"],
  ])('%j', (text, expected) => {
    expect(faultsOf(text)).toEqual([`catalog.yaml:${expected}`]);
  });

  it('and with it every earlier fault that is not its consequence', () => {
    expect(faultsOf('stores: []\nstores: []\nmappings:\n\t- a\n\t- *b\nstores: []')).toEqual([
      'catalog.yaml:2:1 expected "stores" only once, found it again',
      'catalog.yaml:4:1 expected spaces for indentation, found a tab',
    ]);
  });
});
