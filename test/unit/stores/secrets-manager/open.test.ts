import { describe, expect, it } from 'vitest';
import { withinPrefixes } from '../../../../lib/stores/secrets-manager/open.ts';
import type { SecretReader } from '../../../../lib/stores/store.ts';
import { WaxsealError } from '../../../../lib/wire/errors.ts';
import { SecretValue } from '../../../../lib/wire/secret-value.ts';

const { signal } = new AbortController();
const asked: string[] = [];
const value = (ref: string) => ({ versionId: ref, value: new SecretValue(ref) });
const everything: SecretReader = {
  get: async ({ ref }) => value(ref),
  getMany: async (wanted) => {
    asked.push(...wanted.map(({ ref }) => ref));
    return wanted.map(({ ref }) => value(ref));
  },
};
const store = withinPrefixes(everything, ['waxseal/', 'team.']);
const ARN = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:';

describe('withinPrefixes', () => {
  it.each(['waxseal/a', 'team.a', `${ARN}waxseal/a-AbCdEf`])('reads %s', async (ref) => {
    expect((await store.get({ ref, version: 'current' }, signal)).versionId).toBe(ref);
  });

  it.each([
    'waxseal',
    'Waxseal/a',
    'other/waxseal/a',
    '',
    `${ARN}waxseal-BrokerKey-AbCdEf`,
    `arn:waxseal/a`,
    `${ARN}x:waxseal/a-AbCdEf`,
  ])('refuses %s', async (ref) => {
    await expect(store.get({ ref, version: 'current' }, signal)).rejects.toMatchObject({
      code: 'store_unavailable',
      message: 'The secret’s ref is outside the prefixes that this broker may read.',
    });
  });

  it('keeps the order, and never reads a ref outside the prefixes', async () => {
    const refs = ['x', 'waxseal/1', 'y', 'waxseal/2'];
    const outcomes = await store.getMany(
      refs.map((ref) => ({ ref, version: 'current' })),
      signal,
    );
    expect(outcomes.map((one) => (one instanceof WaxsealError ? one.code : one.versionId))).toEqual([
      'store_unavailable',
      'waxseal/1',
      'store_unavailable',
      'waxseal/2',
    ]);
    expect(asked).toEqual(['waxseal/1', 'waxseal/2']);
  });
});
