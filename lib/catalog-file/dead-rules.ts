import type { CatalogEntries } from '../entries/catalog-entries.ts';
import { STORE_KINDS } from '../entries/secret.ts';
import { isPattern } from '../mapping/secret-pattern.ts';
import { didYouMean } from './fault.ts';
import { type Warning, warnEach } from './warning.ts';

/**
 * Points out rules whose time is over. A deny that has ended is the one to look at: it keeps nobody out any more.
 * @param now seconds since the epoch
 */
export function endedRules(catalog: CatalogEntries, now: number): Warning[] {
  return warnEach(catalog, function* ({ effect, expiresAt }) {
    if (expiresAt === undefined || expiresAt > now) return;
    const consequence = effect === 'deny' ? 'denies nothing any more' : 'allows nothing any more';
    yield [['expires_at'], `${consequence}: this time is past; set a later one, or take the rule out`];
  });
}

/**
 * Points out rules for one secret that no broker finds by this file alone. Not for a file of the local broker, which gets
 * names from its values as well.
 */
export function leadingNowhere(catalog: CatalogEntries): Warning[] {
  const names = catalog.secrets.map(({ secret }) => secret);
  if (catalog.stores.some(({ kind, direct }) => direct !== undefined || STORE_KINDS[kind].holdsValuesFile)) return [];
  return warnEach(catalog, function* ({ secret }) {
    if (isPattern(secret) || names.includes(secret)) return;
    yield [
      ['secret'],
      `nothing leads to ${JSON.stringify(secret)}: no entry of secrets has this name, and no store has direct` +
        didYouMean(secret, names),
    ];
  });
}
