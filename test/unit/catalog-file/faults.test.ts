import { describe, expect, it } from 'vitest';
import { DEV_ISSUER } from '../../../lib/embedded/dev-issuer.ts';
import { MAPPING } from '../../../lib/entries/mapping.ts';
import { faultsOf, listOfMembers, withMapping } from './reading.ts';

const FITS = ['issuer: https://i.example', 'subject: s'];

describe('faults of sections', () => {
  it.each([
    [
      'mapings: []',
      '1:1 mapings: expected one of issuers, stores, secrets, mappings, found "mapings" (did you mean "mappings"?)',
    ],
    ['constructor: []', '1:1 constructor: expected one of issuers, stores, secrets, mappings, found "constructor"'],
    ['stores:', '1:8 stores: expected a list of entries, each after a dash, found nothing'],
    ['stores:\n  name: a', '2:3 stores: expected a list of entries, each after a dash, found a map'],
    ['stores:\n  - a', '2:5 stores[0]: expected a map such as { name: …, kind: … }, found "a"'],
    [
      'mappings: [[]]',
      '1:12 mappings[0]: expected a map such as { secret: …, issuer: …, subject: … }, found an empty list',
    ],
  ])('%j', (text, expected) => {
    expect(faultsOf(text)).toEqual([`catalog.yaml:${expected}`]);
  });
});

describe('faults of mappings', () => {
  it.each([
    [
      ['issuer: https://i.example'],
      '5:5 mappings[0].subject: expected a subject, or a glob: * for part of a segment, ** across segments, but it is missing',
    ],
    [
      ['issuer: https://i.exmaple', 'subject: s'],
      '6:13 mappings[0].issuer: expected one of the file\'s issuers, found "https://i.exmaple" (did you mean "https://i.example"?)',
    ],
    [
      ['issuer: https://i.example/', 'subject: s'],
      '6:13 mappings[0].issuer: expected one of the file\'s issuers, found "https://i.example/" (did you mean "https://i.example"?)',
    ],
    [
      [`issuer: ${DEV_ISSUER}`, 'subject: s'],
      '6:13 mappings[0].issuer: expected one of the file\'s issuers, found "https://issuer.waxseal.test" (for the development issuer, check with --dev-issuer)',
    ],
    [
      [...FITS, 'efect: deny'],
      `8:5 mappings[0].efect: expected one of ${listOfMembers(MAPPING)}, found "efect" (did you mean "effect"?)`,
    ],
    [
      [...FITS, 'expiresAt: x'],
      `8:5 mappings[0].expiresAt: expected one of ${listOfMembers(MAPPING)}, found "expiresAt" (did you mean "expires_at"?)`,
    ],
    [
      [...FITS, 'effect: alow'],
      '8:13 mappings[0].effect: expected "allow" or "deny", found "alow" (did you mean "allow"?)',
    ],
    [[...FITS, 'effect:'], '8:12 mappings[0].effect: expected "allow" or "deny", found nothing'],
    [
      [...FITS, 'mode: shadows'],
      '8:11 mappings[0].mode: expected "enforce" or "shadow", found "shadows" (did you mean "shadow"?)',
    ],
    [[...FITS, 'fields: x'], '8:13 mappings[0].fields: expected a list such as [x], found "x"'],
    [[...FITS, 'fields: a, b.c'], '8:13 mappings[0].fields: expected a list such as [a, b.c], found "a, b.c"'],
    [[...FITS, 'fields: "*"'], '8:13 mappings[0].fields: expected a list such as ["*"], found "*"'],
    [[...FITS, 'fields:'], '8:12 mappings[0].fields: expected a list, found nothing'],
    [[...FITS, 'versions: latest'], '8:15 mappings[0].versions: expected a list such as [latest], found "latest"'],
    [[...FITS, 'versions: 3'], '8:15 mappings[0].versions: expected a list such as [3], found 3'],
    [
      [...FITS, 'claims: production'],
      '8:13 mappings[0].claims: expected a map such as { environment: production }, found "production"',
    ],
    [
      [...FITS, 'claims: [a]'],
      '8:13 mappings[0].claims: expected a map such as { environment: production }, found a list',
    ],
    [[...FITS, 'fields: []'], '8:13 mappings[0].fields: expected at least one value, found an empty list'],
    [[...FITS, 'fields:', '  - a', '  - a'], '10:9 mappings[0].fields[1]: expected each value only once, found "a"'],
    [
      [...FITS, 'fields: [""]'],
      '8:14 mappings[0].fields[0]: expected the name of a field (at most 256 characters on one line), found ""',
    ],
    [[...FITS, 'versions: [curent]', 'mode: x'], '9:11 mappings[0].mode: expected "enforce" or "shadow", found "x"'],
    [
      [...FITS, 'versions: ["4"]'],
      '8:16 mappings[0].versions[0]: expected current, previous, a revision number without quotes, or a store\'s version id (letters, digits and . _ -, at most 128 characters), found "4"',
    ],
    [
      [...FITS, 'versions: [0]'],
      "8:16 mappings[0].versions[0]: expected current, previous, a revision number without quotes, or a store's version id (letters, digits and . _ -, at most 128 characters), found 0",
    ],
    [
      [...FITS, 'versions: [1.5]'],
      "8:16 mappings[0].versions[0]: expected current, previous, a revision number without quotes, or a store's version id (letters, digits and . _ -, at most 128 characters), found 1.5",
    ],
    [
      [...FITS, 'expires_at: 2027-01-01'],
      '8:17 mappings[0].expires_at: expected a time with its zone, such as 2027-01-01T00:00:00Z, found "2027-01-01"',
    ],
    [
      [...FITS, 'expires_at: 2027-02-30T00:00:00Z'],
      '8:17 mappings[0].expires_at: expected a time with its zone, such as 2027-01-01T00:00:00Z, found "2027-02-30T00:00:00Z"',
    ],
    [
      [...FITS, 'not_before: 2027-01-01T00:00:00'],
      '8:17 mappings[0].not_before: expected a time with its zone, such as 2027-01-01T00:00:00Z, found "2027-01-01T00:00:00"',
    ],
    [
      [...FITS, 'not_before: 1798761600'],
      '8:17 mappings[0].not_before: expected a time with its zone, such as 2027-01-01T00:00:00Z, found 1798761600',
    ],
    [
      [...FITS, 'not_before: 2027-01-01T01:00:00+01:00', 'expires_at: 2027-01-01T00:00:00Z'],
      '9:17 mappings[0].expires_at: expected a time later than not_before',
    ],
    [[...FITS, 'claims: {}'], '8:13 mappings[0].claims: expected at least one claim, found an empty map'],
    [
      [...FITS, 'claims: { a: }'],
      '8:18 mappings[0].claims.a: expected a string, a number, true or false, or a list of these, found nothing',
    ],
    [
      [...FITS, 'claims: { a: [] }'],
      '8:18 mappings[0].claims.a: expected a string, a number, true or false, or a list of these, found an empty list',
    ],
    [
      [...FITS, 'claims: { a: .inf }'],
      '8:18 mappings[0].claims.a: expected a string, a number, true or false, or a list of these, found Infinity',
    ],
    [
      [...FITS, 'claims: { a: 12345678901234567890 }'],
      '8:18 mappings[0].claims.a: expected a string, a number, true or false, or a list of these, found 12345678901234567000',
    ],
    [
      [...FITS, 'claims: { /a~2: x }'],
      '8:15 mappings[0].claims["/a~2"]: expected a claim name, or a JSON pointer that starts with /, found "/a~2"',
    ],
    [[...FITS, 'claims: { __proto__: x }'], '8:15 expected a member name, found "__proto__", which is not allowed'],
    [
      [...FITS, 'require: [seald]'],
      '8:15 mappings[0].require[0]: expected "sealed", "audience-bound", "cnf" or "proof", found "seald" (did you mean "sealed"?)',
    ],
    [
      [...FITS, 'effect: deny', 'require: [sealed]'],
      '9:5 mappings[0].require: expected no require on a deny: a deny applies however the request is bound',
    ],
    [
      ['issuer: https://i.example', 'subject: a***'],
      '7:14 mappings[0].subject: expected a subject, or a glob: * for part of a segment, ** across segments (at most 1024 characters on one line), found "a***"',
    ],
    [
      ['issuer: https://i.example', 'subject: 12'],
      '7:14 mappings[0].subject: expected a subject, or a glob: * for part of a segment, ** across segments (at most 1024 characters on one line), found 12',
    ],
    [
      ['issuer: https://i.example', 'subject: "a\\nb"'],
      '7:14 mappings[0].subject: expected a subject, or a glob: * for part of a segment, ** across segments (at most 1024 characters on one line), found "a\\nb"',
    ],
  ])('%j', (lines, expected) => {
    expect(faultsOf(withMapping(...lines))).toEqual([`catalog.yaml:${expected}`]);
  });

  it.each(['*', '**', '/*', 'payments/**', 'pay*', '../x', 'a b', '"ä"'])('secret: %s', (secret) => {
    const text = withMapping(...FITS).replace('secret: a', `secret: ${secret.includes('*') ? `"${secret}"` : secret}`);
    const found = secret.replaceAll('"', '');
    expect(faultsOf(text)).toEqual([
      `catalog.yaml:5:13 mappings[0].secret: expected a secret name, or one followed by /* for every name below it, found "${found}"`,
    ]);
  });

  it('are reported for a duplicate rule, however it is written', () => {
    const one = [...FITS, 'versions: [current, 3]'];
    const other = ['  - { secret: a, subject: s, versions: [3, current], issuer: https://i.example, effect: allow }'];
    expect(faultsOf([withMapping(...one), ...other].join('\n'))).toEqual([
      'catalog.yaml:9:5 mappings[1]: expected each rule only once, found the rule of line 5 again',
    ]);
  });
});

describe('all faults are reported at once, in the order of the file', () => {
  it('across sections and kinds of fault', () => {
    const text = `
isuers: []
issuers:
  - issuer: http://x.example
    algorithms: [RS257]
    max_token_age: 10
stores:
  - { name: aws, kind: secretsmanager }
  - { name: aws, kind: embedded }
secrets:
  - { secret: a/*, store: asw, ref: r }
mappings:
  - secret: a
    secret: b
    issuer: https://y.example
    subject: s
  - effect: maybe
`;
    expect(faultsOf(text).map((line) => line.split(': ')[0])).toEqual([
      'catalog.yaml:2:1 isuers',
      'catalog.yaml:4:5 issuers[0].audience',
      'catalog.yaml:4:13 issuers[0].issuer',
      'catalog.yaml:5:18 issuers[0].algorithms[0]',
      'catalog.yaml:6:20 issuers[0].max_token_age',
      'catalog.yaml:8:24 stores[0].kind',
      'catalog.yaml:9:13 stores[1].name',
      'catalog.yaml:11:15 secrets[0].secret',
      'catalog.yaml:11:27 secrets[0].store',
      'catalog.yaml:14:5 expected "secret" only once, found it again',
      'catalog.yaml:15:13 mappings[0].issuer',
      'catalog.yaml:17:5 mappings[1].secret',
      'catalog.yaml:17:5 mappings[1].issuer',
      'catalog.yaml:17:5 mappings[1].subject',
      'catalog.yaml:17:13 mappings[1].effect',
    ]);
  });
});
