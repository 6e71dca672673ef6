import { describe, expect, it } from 'vitest';
import { isSecretId } from '../../../../lib/entries/secret-id.ts';
import { answerFor, isVersionId } from '../../../../lib/stores/secrets-manager/secret-id.ts';

const arn = (tail: string) => `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${tail}`;
const app = { Name: 'app', ARN: arn('app-abcdef') };
const trap = { Name: 'app-abcdef', ARN: arn('app-abcdef-Zz09Zz') };
const deep = { Name: 'team/app', ARN: arn('team/app-qwerty') };

describe('the answer for a ref', () => {
  it.each([
    ['a name', 'app', [trap, app], app],
    ['a name that looks like another with its suffix', 'app-abcdef', [app, trap], trap],
    ['that name, if only the other came', 'app-abcdef', [app], undefined],
    ['a whole ARN', app.ARN, [trap, app], app],
    ['a whole ARN of the longer name', trap.ARN, [app, trap], trap],
    ['an ARN without suffix', arn('team/app'), [app, deep], deep],
    ['an ARN without suffix of the longer name, if only that came', arn('app-abcdef'), [trap], trap],
    ['the same ARN, if the shorter name’s whole ARN came too', arn('app-abcdef'), [trap, app], app],
    ['an ARN that is cut inside a name', arn('team/ap'), [deep], undefined],
    ['an ARN of another region', deep.ARN.replace('eu-central-1', 'us-east-1'), [deep], undefined],
    ['nothing that came', 'other', [app, trap, deep, {}], undefined],
  ])('%s', (_, ref, answers, expected) => {
    expect(answerFor(ref, answers)).toBe(expected);
  });
});

describe('ids that Secrets Manager can have', () => {
  it.each([
    'a',
    'prod/payments/stripe',
    'a_b+c=d.e@f-g',
    'rds!db-1111',
    '/prod/a',
    arn('rds!db-1111-AbCdEf'),
    'x'.repeat(512),
    app.ARN,
    trap.ARN,
    arn('team/app'),
  ])('secret %j', (ref) => expect(isSecretId(ref)).toBe(true));
  it.each([
    '',
    'a:b',
    'a b',
    'arn:aws:ssm:eu-central-1:123456789012:parameter/prod/db',
    `${app.ARN}:key::`,
    'ü',
    'a\n',
    'x'.repeat(513),
    'arn:',
    'arn:aws:s3:::bucket',
    arn(''),
    `${arn('a')}\n`,
    arn('a').replace('123456789012', '1'),
  ])('not a secret: %j', (ref) => expect(isSecretId(ref)).toBe(false));
  it('version ids have 32 to 64 characters', () => {
    expect([31, 32, 64, 65].map((length) => isVersionId('a'.repeat(length)))).toEqual([false, true, true, false]);
    expect(isVersionId(`${'a'.repeat(32)}\n`)).toBe(false);
    expect(isVersionId(`${'a'.repeat(32)}/`)).toBe(false);
  });
});
