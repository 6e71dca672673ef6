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
      '1:45 stores[0].direct: expected a prefix that ends in / (letters, digits and / _ + = . @ - !, at most 256 characters), found "prod"',
    ],
    [
      'stores: [{ name: a, kind: embedded, direct: "" }]',
      '1:45 stores[0].direct: expected a prefix that ends in / (letters, digits and / _ + = . @ - !, at most 256 characters), found ""',
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

  const NAMED = 'the name or the ARN of a secret in Secrets Manager';
  const RULE = '(letters, digits and / _ + = . @ - !, at most 512 characters)';
  const FIELDS = 'and choose a field and a version with fields and versions in a mapping';
  const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:app-AbCdEf';
  const SAMPLE = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:NAME-AbCdEf';
  const MALFORMED = `an ARN such as ${SAMPLE} (the name has letters, digits and / _ + = . @ - !)`;
  const elsewhere = (service: string) =>
    `${NAMED}, found an ARN of another service ("${service}"); copy the value to Secrets Manager, or choose a store that has it`;
  const field = (what: string, whole: string) =>
    `${what} without a JSON key and a version behind it; write "${whole}", ${FIELDS}`;
  const dynamic = (whole: string) =>
    `${NAMED}, found a dynamic reference of CloudFormation; write "${whole}", and choose a field with fields in a mapping`;
  it.each([
    ['arn:aws:ssm:eu-central-1:111122223333:parameter/prod/db', elsewhere('ssm')],
    ['arn:aws:kms:eu-central-1:111122223333:key/1', elsewhere('kms')],
    ['arn:', elsewhere('')],
    [`${ARN}:password::`, field('an ARN', ARN)],
    [`${ARN}:password:AWSPREVIOUS:`, field('an ARN', ARN)],
    [`${ARN}:::`, field('an ARN', ARN)],
    ['app:password::', field('a name', 'app')],
    ['{{resolve:secretsmanager:app:SecretString:password}}', dynamic('app')],
    [`{{resolve:secretsmanager:${ARN}:SecretString:password:AWSCURRENT}}`, dynamic(ARN)],
    ['{{resolve:ssm:app}}', `${NAMED} ${RULE}, found "{" in "{{resolve:ssm:app}}"`],
    ['my secret', `${NAMED} ${RULE}, found " " in "my secret"`],
    ['a:b', `${NAMED} ${RULE}, found ":" in "a:b"`],
    ['prod/*', `${NAMED} ${RULE}, found "*" in "prod/*"`],
    ['schlüssel', `${NAMED} ${RULE}, found "ü" in "schlüssel"`],
    ['x'.repeat(513), `${NAMED} ${RULE}, found 513 characters`],
    [`${ARN.slice(0, -6)}??????`, `${MALFORMED}, found "arn:aws:secretsmanager:eu-central-1:111122223333:secret:a…"`],
    [ARN.replace('111122223333', '1'), `${MALFORMED}, found "arn:aws:secretsmanager:eu-central-1:1:secret:app-AbCdEf"`],
    ['arn:aws:secretsmanager:::secret:', `${MALFORMED}, found "arn:aws:secretsmanager:::secret:"`],
  ])('a secrets-manager store has no ref %s', (ref, expected) => {
    const named = `secrets: [{ secret: a, store: aws, ref: "${ref}" }]`;
    expect(faultsOf(`stores: [{ name: aws, kind: secrets-manager }]\n${named}`)).toEqual([
      `catalog.yaml:2:41 secrets[0].ref: expected ${expected}`,
    ]);
    const byDefault = `secrets: [{ secret: a, ref: "${ref}" }]`;
    expect(faultsOf(`stores: [{ name: aws, kind: secrets-manager, default: true }]\n${byDefault}`)).toEqual([
      `catalog.yaml:2:29 secrets[0].ref: expected ${expected}`,
    ]);
    expect(faultsOf(`stores: [{ name: aws, kind: embedded }]\n${named}`)).toEqual([]);
  });

  it.each([
    'rds!db-1111',
    'rds!cluster-1a2b',
    '/prod/db',
    'a b'.replace(' ', '='),
    ARN,
    ARN.slice(0, -7),
    ARN.replace('app', 'rds!db-1'),
  ])('a secrets-manager store has the ref %s', (ref) => {
    const text = `stores: [{ name: aws, kind: secrets-manager, default: true }]\nsecrets: [{ secret: a, ref: "${ref}" }]`;
    expect(catalogOf(text).secrets).toEqual([{ secret: 'a', ref }]);
  });

  it('has one fault if the ref is not even a line', () => {
    const text =
      'stores: [{ name: aws, kind: secrets-manager, default: true }]\nsecrets: [{ secret: a, ref: "a\\nb" }]';
    expect(faultsOf(text)).toEqual([
      'catalog.yaml:2:29 secrets[0].ref: expected the secret\'s place in its store (at most 2048 characters on one line), found "a\\nb"',
    ]);
  });

  it.each(['prod/', '/prod/', '/', 'a//b/', 'rds!x/', `${'x'.repeat(255)}/`])('a store has the prefix %s', (direct) => {
    const text = `stores: [{ name: aws, kind: secrets-manager, direct: "${direct}" }]`;
    expect(catalogOf(text).stores).toEqual([{ name: 'aws', kind: 'secrets-manager', default: false, direct }]);
  });

  it.each(['/prod', 'a b/', 'a:b/', 'rds!', `${'x'.repeat(256)}/`, '*/'])('a store has no prefix %s', (direct) => {
    const shown = direct.length > 60 ? `${'x'.repeat(57)}…` : direct;
    expect(faultsOf(`stores: [{ name: aws, kind: secrets-manager, direct: "${direct}" }]`)).toEqual([
      `catalog.yaml:1:54 stores[0].direct: expected a prefix that ends in / (letters, digits and / _ + = . @ - !, at most 256 characters), found "${shown}"`,
    ]);
  });

  it('are absent if a default store takes the secrets that name none', () => {
    const { stores, secrets } = catalogOf(
      'stores: [{ name: a, kind: embedded, default: true, direct: p/q/ }]\nsecrets: [{ secret: x/y, ref: r }]',
    );
    expect(stores).toEqual([{ name: 'a', kind: 'embedded', default: true, direct: 'p/q/' }]);
    expect(secrets).toEqual([{ secret: 'x/y', ref: 'r' }]);
  });
});
