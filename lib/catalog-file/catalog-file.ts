import * as v from 'valibot';
import type { CatalogEntries, Position } from '../entries/catalog-entries.ts';
import { isJsonObject, type JsonObject, own } from '../wire/strict-json.ts';
import { toIssuer, toMapping, toSecret, toStore } from './entries.ts';
import type { Fault } from './fault.ts';
import { type FaultList, faultList } from './issues.ts';
import { checkRules, type RawEntry } from './rules.ts';
import { issuerEntry, mappingEntry, secretEntry, storeEntry } from './schema.ts';
import { readSource } from './source.ts';
import { found } from './values.ts';

const SECTIONS = ['issuers', 'stores', 'secrets', 'mappings'] as const;

/** An entry of each section, for one that is no map. */
const EXAMPLES = {
  issuers: '{ issuer: …, audience: … }',
  stores: '{ name: …, kind: … }',
  secrets: '{ secret: …, ref: … }',
  mappings: '{ secret: …, issuer: …, subject: … }',
} as const satisfies Record<(typeof SECTIONS)[number], string>;

/**
 * Reads an operator's file (catalog.yaml). Either all of it is right, or the faults are all that is wrong with it, in the
 * order of the file. Never throws.
 * @param text the file's content
 * @param besides issuers that are trusted beside those of the file, as they would stand in it
 */
export function parseCatalogFile(
  text: string,
  besides: readonly RawEntry[] = [],
): { catalog: CatalogEntries } | { faults: Fault[] } {
  const source = readSource(text);
  const list = faultList(source);
  for (const fault of source.faults) list.faults.push({ ...fault, path: '' });
  if (source.value === undefined) return { faults: inOrder(list) };
  const top = isJsonObject(source.value) ? source.value : undefined;
  const foreign = top && Object.keys(top).filter((name) => !(SECTIONS as readonly string[]).includes(name));
  if (top === undefined) list.add([], `expected ${SECTIONS.join(', ')} at the top of the file`);
  for (const name of foreign ?? []) list.addUnknown([name], name, SECTIONS);

  const section = (name: (typeof SECTIONS)[number]) => readList(top ?? {}, name, list);
  const [issuers, stores, secrets, mappings] = SECTIONS.map(section) as [Entries, Entries, Entries, Entries];
  issuers.push(...besides.map((entry, at) => [issuers.length + at, entry] as const));
  checkRules({ issuers, stores, secrets, mappings }, list);
  const fitIssuers = readEntries('issuers', issuers, issuerEntry, list);
  const positions = new Map<string, Position>();
  const catalog: CatalogEntries = {
    // Keys are checked by the rules alone: an entry whose keys are at fault may not be digestible.
    issuers: list.faults.length > 0 ? [] : fitIssuers.map(([, entry]) => toIssuer(entry)),
    stores: readEntries('stores', stores, storeEntry, list).map(([, entry]) => toStore(entry)),
    secrets: readEntries('secrets', secrets, secretEntry, list).map(([, entry]) => toSecret(entry)),
    mappings: readEntries('mappings', mappings, mappingEntry, list).map(([at, entry]) => {
      const mapping = toMapping(entry);
      const earlier = positions.get(mapping.id);
      if (earlier === undefined) positions.set(mapping.id, source.position(['mappings', at]));
      else list.add(['mappings', at], `expected each rule once, found the one of line ${earlier.line} again`);
      return mapping;
    }),
    positions,
  };
  return list.faults.length === 0 ? { catalog } : { faults: inOrder(list) };
}

type Entries = (readonly [index: number, entry: RawEntry])[];

/** The entries of one section that are objects; a section may be absent. */
function readList(top: JsonObject, name: (typeof SECTIONS)[number], list: FaultList): Entries {
  const section = own(top, name);
  if (section === undefined) return [];
  if (!Array.isArray(section)) {
    list.add([name], `expected a list of entries, each after a dash, found ${found(section)}`);
    return [];
  }
  return section.flatMap((entry, at): Entries => {
    if (isJsonObject(entry)) return [[at, entry]];
    list.add([name, at], `expected a map such as ${EXAMPLES[name]}, found ${found(entry)}`);
    return [];
  });
}

/** The entries that pass their schema. */
function readEntries<T extends v.GenericSchema & { entries: v.ObjectEntries }>(
  name: string,
  entries: Entries,
  schema: T,
  list: FaultList,
) {
  const members = Object.keys(schema.entries);
  const missing = Object.fromEntries(members.map((member) => [member, undefined])); // so that each member tells it by itself
  return entries.flatMap(([at, entry]): [number, v.InferOutput<T>][] => {
    for (const key of Object.keys(entry))
      if (!Object.hasOwn(schema.entries, key)) list.addUnknown([name, at, key], key, members);
    const result = v.safeParse(schema, { ...missing, ...entry });
    if (result.success) return [[at, result.output]];
    list.addIssues([name, at], result.issues);
    return [];
  });
}

function inOrder({ faults }: FaultList): Fault[] {
  return faults.sort((one, other) => one.line - other.line || one.column - other.column);
}
