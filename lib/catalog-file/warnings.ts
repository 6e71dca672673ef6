import type { CatalogEntries, Position } from '../entries/catalog-entries.ts';
import type { Mapping } from '../entries/mapping.ts';
import { isPattern } from '../entries/secret-pattern.ts';
import { STORE_KINDS } from '../entries/store.ts';
import { broadRule, type Doubt } from './broad-rules.ts';
import { didYouMean, type Fault, pathText } from './fault.ts';
import { shortGlobs } from './short-globs.ts';
import type { Path } from './source.ts';
import { unreachableIssuer } from './unreachable-issuers.ts';

/** What the warnings depend on besides the file. */
export interface Circumstances {
  /** Seconds since the epoch. */
  readonly now: number;
  /** The file is for an embedded broker, whose values bring names that no entry of `secrets` has. */
  readonly local?: boolean;
}

/**
 * All warnings about a catalog: rules that are too broad to be meant, that can never match, that have ended, and whose secret
 * no broker can find, and issuers whose keys no broker can fetch. They have the form of faults, but the operator may mean what the file says. `message` says what a rule
 * does, and how to narrow or fix it.
 * @returns in the order of the file; line and column are those of the entry, or 1 if the catalog is not from a file
 */
export function doubtfulRules(catalog: CatalogEntries, { now, local = false }: Circumstances): Fault[] {
  const warnings = [
    ...warnEach(catalog, (mapping) => endedRule(mapping, now)),
    ...warnEach(catalog, broadRule),
    ...warnEach(catalog, shortGlobs),
    ...(local ? [] : [...rulesWithoutSecret(catalog), ...unreachableIssuers(catalog)]),
  ];
  return warnings.sort((one, other) => one.line - other.line || one.column - other.column);
}

/** Points out a rule whose time is over. A deny that has ended is the one to look at: it keeps nobody out any more. */
function* endedRule({ effect, expiresAt }: Mapping, now: number): Generator<Doubt> {
  if (expiresAt === undefined || expiresAt > now) return;
  const consequence = effect === 'deny' ? 'no longer denies anything' : 'no longer allows anything';
  yield [['expires_at'], `${consequence}, since this time has passed; set a later time, or remove the rule`];
}

/**
 * Points out rules for one secret that no broker finds by this file alone. Not for a file of the embedded broker, which also
 * gets names from its values.
 */
function rulesWithoutSecret(catalog: CatalogEntries): Fault[] {
  const names = catalog.secrets.map(({ secret }) => secret);
  if (catalog.stores.some(({ kind, direct }) => direct !== undefined || STORE_KINDS[kind].holdsValuesFile)) return [];
  return warnEach(catalog, function* ({ secret }) {
    if (isPattern(secret) || names.includes(secret)) return;
    yield [
      ['secret'],
      `no broker can find ${JSON.stringify(secret)}: it is not listed under secrets, and no store has a direct prefix` +
        didYouMean(secret, names),
    ];
  });
}

/** Not for a file of the embedded broker, which does not run in AWS and brings an issuer of its own. */
function unreachableIssuers({ issuers, issuerPositions }: CatalogEntries): Fault[] {
  return issuers.flatMap((entry, at) => {
    const position = issuerPositions?.get(entry.issuer) ?? { line: 1, column: 1 };
    return toFaults(['issuers', at], position, unreachableIssuer(entry));
  });
}

function warnEach(catalog: CatalogEntries, doubts: (mapping: Mapping) => Iterable<Doubt>): Fault[] {
  return catalog.mappings.flatMap((mapping, at) => {
    const position = catalog.positions?.get(mapping.id) ?? { line: 1, column: 1 };
    return toFaults(['mappings', at], position, doubts(mapping));
  });
}

function toFaults(entry: Path, position: Position, doubts: Iterable<Doubt>): Fault[] {
  return Array.from(doubts, ([member, message]) => ({ ...position, path: pathText([...entry, ...member]), message }));
}
