import { describe, expect, it } from 'vitest';
import { catalogOf, faultsOf } from './reading.ts';

describe('faults of stores and secrets', () => {
  it.each([
    ['stores: [{ kind: embedded }]', '1:10 stores[0].name: expected a store name, but it is missing'],
    [
      'stores: [{ name: { toString: x }, kind: embedded }]',
      '1:18 stores[0].name: expected a store name (lower-case letters, digits and -, at most 64 characters), found a map',
    ],
    [
      'stores: [{ name: A, kind: embedded }]',
      '1:18 stores[0].name: expected a store name (lower-case letters, digits and -, at most 64 characters), found "A"',
    ],
    [
      'stores: [{ name: a, kind: secret-manager }]',
      '1:27 stores[0].kind: expected "secrets-manager" or "embedded", found "secret-manager" (did you mean "secrets-manager"?)',
    ],
    [
      'stores: [{ name: a, kind: embedded, direct: prod }]',
      '1:45 stores[0].direct: expected a prefix that ends in / (letters, digits and / _ + = . @ -, at most 256 characters), found "prod"',
    ],
    [
      'stores: [{ name: a, kind: embedded, direct: "" }]',
      '1:45 stores[0].direct: expected a prefix that ends in / (letters, digits and / _ + = . @ -, at most 256 characters), found ""',
    ],
    [
      'stores: [{ name: a, kind: embedded, default: on }]',
      '1:46 stores[0].default: expected true or false, found "on"',
    ],
    [
      'stores: [{ name: a, kind: embedded }, { name: a, kind: embedded }]',
      '1:47 stores[1].name: expected each name only once, found it in stores[0] as well',
    ],
    [
      'stores: [{ name: a, kind: embedded, default: true }, { name: b, kind: embedded, default: true }]',
      '1:90 stores[1].default: expected only one default store, found another',
    ],
    [
      'stores: [{ name: a, kind: embedded, direct: a/ }, { name: b, kind: embedded, direct: b/ }]',
      '1:86 stores[1].direct: expected only one store with a direct prefix, found another',
    ],
    [
      'secrets: [{ secret: a, ref: r }]',
      '1:11 secrets[0].store: expected the name of a store, since no store is the default',
    ],
    [
      'stores: [{ name: aws, kind: embedded }]\nsecrets: [{ secret: a, ref: r, store: asw }]',
      '2:39 secrets[0].store: expected one of the file\'s stores, found "asw" (did you mean "aws"?)',
    ],
    [
      'stores: [{ name: a, kind: embedded }]\nsecrets: [{ secret: a/*, ref: r, store: a }]',
      '2:21 secrets[0].secret: expected a secret name (letters, digits and . _ - : @ in segments joined by /, at most 256 characters), found "a/*"',
    ],
    [
      'stores: [{ name: a, kind: embedded }]\nsecrets: [{ secret: a, store: a }]',
      "2:11 secrets[0].ref: expected the secret's place in its store, but it is missing",
    ],
    [
      'stores: [{ name: a, kind: embedded }]\nsecrets: [{ secret: a, ref: r, store: a, value: hunter2 }]',
      '2:42 secrets[0].value: expected one of secret, store, ref, found "value"',
    ],
    [
      'stores: [{ name: a, kind: embedded }]\nsecrets: [{ secret: a, ref: r, store: a }, { secret: a, ref: s, store: a }]',
      '2:54 secrets[1].secret: expected each secret only once, found it in secrets[0] as well',
    ],
  ])('%s', (text, expected) => {
    expect(faultsOf(text)).toEqual([`catalog.yaml:${expected}`]);
  });

  it('are absent if a default store takes the secrets that name none', () => {
    const { stores, secrets } = catalogOf(
      'stores: [{ name: a, kind: embedded, default: true, direct: p/q/ }]\nsecrets: [{ secret: x/y, ref: r }]',
    );
    expect(stores).toEqual([{ name: 'a', kind: 'embedded', default: true, direct: 'p/q/' }]);
    expect(secrets).toEqual([{ secret: 'x/y', ref: 'r' }]);
  });
});
