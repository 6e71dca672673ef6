import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCatalog } from '../../../lib/catalog/catalog.ts';
import { openDatabase } from '../../../lib/embedded/database.ts';
import type { ClaimRule, Mapping } from '../../../lib/entries/mapping.ts';
import type { Access } from '../../../lib/mapping/access.ts';
import { decide } from '../../../lib/mapping/decide.ts';
import type { Json } from '../../../lib/wire/strict-json.ts';
import { aCaller, aFile, aMapping, anIssuer, applyFile } from '../../kit/catalog-samples.ts';
import { sqliteTable } from '../../kit/catalog-table.ts';

const signal = new AbortController().signal;
const NAMES = ['a', 'a/x', 'a/x/y', 'a-b/x', 'a.b', 'b/x'];
/** Longer than a part of a key may be, so that the key holds its hash. */
const LONG = 'y'.repeat(1010);
const LONG_CLAIM = '9'.repeat(1010);

// Few of each, so that many rules match.
const SUBJECTS = ['a', 'a:b', 'a:b/b', 'ab:b/b', 'a:*', `a:${LONG}`];
const GLOBS = ['**', 'a**', 'a*:**', '*:b**', 'a:**', 'a:b/*', 'a:*/b', `a:${LONG}*`];
const WANTED: ClaimRule[] = ['1', '1*', '*', LONG_CLAIM, 1, ['1'], ['2', '1'], ['1', 1]];
const CLAIMS: Json[] = ['1', '2', LONG_CLAIM, 1, null, { team: '1' }, ['1'], ['2', '1'], [1, '2'], [['1']], []];

const claims = fc.option(
  fc
    .tuple(fc.constantFrom('team', 'team', '/team', '/more/team'), fc.constantFrom(...WANTED))
    .map(([name, wanted]) => ({ [name]: wanted })),
  { nil: undefined, freq: 2 },
);
const rule = fc
  .record({
    secret: fc.constantFrom(...NAMES, 'a/*', 'a/*', 'a/*', 'a/x/*', 'b/*'),
    subject: fc.constantFrom(...SUBJECTS.filter((text) => !text.includes('*')), ...GLOBS, ...GLOBS),
    effect: fc.constantFrom('allow', 'allow', 'deny'),
    claims,
    fields: fc.constantFrom(undefined, undefined, ['f']),
  })
  .map(
    ({ claims: only, fields, ...rest }): Mapping =>
      aMapping({ ...rest, ...(only && { claims: only }), ...(fields && { fields }) }),
  );
const claim = fc.constantFrom(...CLAIMS);
const subject = fc.constantFrom(...SUBJECTS);

test('the rules read for a caller decide as all rules of the catalog would, whatever indexes them', async () => {
  let allowed = 0;
  let denied = 0;
  const anchors = fc.record({
    subjectAnchor: fc.integer({ min: 1, max: 4 }),
    anchorClaim: fc.constantFrom(undefined, 'team', 'team', '/team', '/more/team', '/team/0'),
  });
  const property = fc.asyncProperty(
    fc.array(rule, { minLength: 1, maxLength: 8 }),
    anchors,
    subject,
    fc.tuple(claim, claim),
    async (mappings, { subjectAnchor, anchorClaim }, sub, [team, deeper]) => {
      const issuer = anIssuer({ subjectAnchor, ...(anchorClaim && { anchorClaim }) });
      const caller = aCaller(sub, issuer, { team, more: { team: deeper } });
      const database = openDatabase(':memory:');
      const table = sqliteTable(database);
      const secrets = NAMES.map((secret) => ({ secret, ref: 'r' }));
      await applyFile(aFile({ issuers: [issuer], secrets, mappings }), table);
      const catalog = createCatalog({ table });
      const view = await catalog.view(caller, NAMES, signal);
      const { entries } = await catalog.listable(caller, { limit: 100 }, signal);
      for (const secret of NAMES) {
        for (const part of [{}, { field: 'f' }, { field: 'g' }]) {
          const access: Access = {
            ...{ caller, secret, ...part, now: 1 },
            version: { names: ['current'], complete: false },
            bindings: new Set(),
          };
          const byAll = decide(mappings, access);
          const { allowed: isAllowed, mapping, shadow } = byAll;
          expect(decide(view.mappings(secret), access)).toMatchObject({ allowed: isAllowed, mapping, shadow });
          const listed = entries.find(({ name }) => name === secret);
          expect(listed !== undefined && decide(listed.mappings, access).allowed).toBe(isAllowed);
          if (isAllowed) allowed++;
          else if (mapping !== undefined) denied++;
        }
      }
      database.close();
    },
  );
  await fc.assert(property, { seed: 11, numRuns: 300 });
  expect([allowed > 100, denied > 100]).toEqual([true, true]);
}, 30_000);
