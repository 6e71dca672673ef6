import type { Mapping } from '../entries/mapping.ts';
import { recordItemFromJson, type SecretRecord } from '../entries/secret.ts';
import { isPattern, matchesSecret } from '../entries/secret-pattern.ts';
import { matchesGlob } from '../mapping/glob.ts';
import type { Caller } from '../token/caller.ts';
import { compact } from '../wire/compact.ts';
import { firstSegment } from '../wire/names.ts';
import { parseItem } from './cell.ts';
import { ISSUER_STATE, patternsSortKey, recordKey, recordsPartition } from './item-keys.ts';
import type { CatalogReader, Item } from './table.ts';
import { mergeBySortKey, type Row } from './walk.ts';

/** Which candidates: names that begin with `prefix`, after `after` (the `next` of an earlier page), at most `limit`. */
export interface ListableRange {
  readonly prefix?: string;
  readonly after?: string;
  readonly limit: number;
}

/** A name that some rule may allow, with everything needed to decide. */
export interface Candidate {
  readonly name: string;
  readonly record?: SecretRecord;
  readonly mappings: readonly Mapping[];
}

/** A page of candidates. It may be short, or empty, and still have a `next`, which may be a name that is not the caller's. */
export interface Listable {
  readonly entries: readonly Candidate[];
  readonly next?: string;
}

/** Whose names to list, and where to read them. */
export interface ListableParts {
  readonly table: CatalogReader;
  readonly readCell: (text: string) => readonly Mapping[];
  readonly partitions: readonly string[];
  readonly caller: Caller;
}

/** Sort keys visited for one page: a caller among many others' rules continues with the next page instead of timing out. */
const MAX_VISITED = 2000;

/**
 * Walks the caller's partitions side by side in order of names. A cell of patterns sorts before every name below its
 * segment (`*` sorts before every character of names), so when one comes up the segment's records join the walk. Names that
 * have no record and that no rule spells out cannot be listed: a store finds them under its direct prefix.
 */
export async function listable(parts: ListableParts, range: ListableRange, signal: AbortSignal): Promise<Listable> {
  const { table, readCell, partitions, caller } = parts;
  const { prefix = '', after = '', limit } = range;
  const patterns = new Map<string, readonly Mapping[]>();
  const allows = (mapping: Mapping) => mapping.effect === 'allow' && matchesGlob(mapping.subject, caller.subject);
  const walk = mergeBySortKey(table, signal);

  /** From here on the segment's records are candidates, as far as some allow for this caller reaches. */
  function addPatterns(segment: string, cells: readonly Item[]): void {
    if (patterns.has(segment) || cells.length === 0) return;
    const rules = cells.flatMap(({ data }) => readCell(data));
    patterns.set(segment, rules);
    const reach = commonStart(rules.filter(allows).map(({ secret }) => secret.slice(0, -1)));
    if (reach === undefined) return;
    const narrower = reach.startsWith(prefix) ? reach : prefix;
    if (narrower.startsWith(reach)) walk.add(recordsPartition(segment), { prefix: narrower, after });
  }

  // The range may start after cells of patterns that reach into it.
  const segments = new Set([prefix, after].filter((text) => text.includes('/')).map(firstSegment));
  const keys = [...segments].flatMap((segment) => partitions.map((pk) => ({ pk, sk: patternsSortKey(segment) })));
  const before = keys.length === 0 ? [] : await table.get(keys, signal);
  for (const [segment, cells] of Map.groupBy(before, ({ sk }) => firstSegment(sk))) addPatterns(segment, cells);
  for (const pk of partitions) walk.add(pk, { prefix, after });

  const entries: Candidate[] = [];
  let last = after;
  for (let visited = 0; ; visited++) {
    const row: Row | undefined = await walk.next();
    if (row === undefined) return { entries: await withRecords(entries, table, signal) };
    if (entries.length === limit || visited === MAX_VISITED) break;
    last = row.sk;
    if (row.sk === ISSUER_STATE) continue;
    const cells = row.items.filter(({ pk }) => partitions.includes(pk));
    if (isPattern(row.sk)) {
      addPatterns(firstSegment(row.sk), cells);
      continue;
    }
    const spelt = cells.flatMap(({ data }) => readCell(data));
    const reaching = (patterns.get(firstSegment(row.sk)) ?? []).filter(({ secret }) => matchesSecret(secret, row.sk));
    const found = row.items.find(({ pk }) => !partitions.includes(pk));
    const record = found && recordItemFromJson(parseItem(found.data)).record;
    if (!spelt.some(allows) && (record === undefined || !reaching.some(allows))) continue;
    entries.push(compact({ name: row.sk, record, mappings: [...spelt, ...reaching] }));
  }
  return { entries: await withRecords(entries, table, signal), next: last };
}

/** Adds the records of names that a rule spells out, which the walk did not visit. */
async function withRecords(entries: readonly Candidate[], table: CatalogReader, signal: AbortSignal) {
  const keys = entries.filter(({ record }) => record === undefined).map(({ name }) => recordKey(name));
  if (keys.length === 0) return entries;
  const items = (await table.get(keys, signal)).map(({ data }) => recordItemFromJson(parseItem(data)));
  const found = new Map(items.map(({ secret, record }) => [secret, record]));
  return entries.map((entry): Candidate => {
    const record = entry.record ?? found.get(entry.name);
    return record === undefined ? entry : { ...entry, record };
  });
}

/** The longest string that all begin with; undefined for an empty list. */
function commonStart(names: readonly string[]): string | undefined {
  return names.length === 0
    ? undefined
    : names.reduce((start, name) => {
        let length = 0;
        while (length < start.length && start[length] === name[length]) length++;
        return start.slice(0, length);
      });
}
