import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAPPING } from '../../../lib/entries/mapping.ts';
import { readEntry } from '../../../lib/entries/member.ts';
import { checkShape, REQUESTS } from '../../../lib/wire/requests.ts';
import { faultsOf, withMapping } from '../catalog-file/reading.ts';

const canBeNamed = (version: unknown) =>
  readEntry(MAPPING, { secret: 'a', issuer: 'i', subject: 's', versions: [version] }, () => {}) !== undefined;
const canBeAskedFor = (version: unknown) => {
  try {
    checkShape(REQUESTS.get.plain, { recipient: 'X', secret: 'a', version: version as string });
    return true;
  } catch {
    return false;
  }
};

describe('versions in mappings', () => {
  it.each(['a/b', 'a:b', 'a+b', 'a=b', 'a@b', 'x'.repeat(129)])(
    'cannot be %s, since no request can ask for it',
    (id) => {
      expect(canBeAskedFor(id)).toBe(false);
      expect(faultsOf(withMapping('issuer: https://i.example', 'subject: s', `versions: ["${id}"]`))).toEqual([
        expect.stringContaining(
          'mappings[0].versions[0]: expected current, previous, a revision number without quotes',
        ),
      ]);
    },
  );

  it('are among those that a request can ask for', () => {
    const unit = fc.constantFrom(...'aZ09._-:/+=@ ');
    const version = fc.oneof(fc.string({ unit, maxLength: 8 }), fc.integer(), fc.string({ unit, minLength: 120 }));
    fc.assert(
      fc.property(version, (one) => {
        if (canBeNamed(one)) expect(canBeAskedFor(one)).toBe(true);
      }),
      { seed: 7, numRuns: 3_000 },
    );
  });

  it.each(['current', 'previous', 1, 4_711, 'AWSCURRENT-9f1c', 'x'.repeat(128)])('can be %s', (version) => {
    expect([canBeNamed(version), canBeAskedFor(version)]).toEqual([true, true]);
  });

  it('are not numbers in quotes, which would never mean that revision', () => {
    expect([canBeNamed('4'), canBeAskedFor('4'), canBeNamed(4)]).toEqual([false, true, true]);
  });
});
