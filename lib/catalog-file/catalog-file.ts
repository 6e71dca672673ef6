import type { CatalogEntries, Position } from '../entries/catalog-entries.ts';
import { identifyIssuer, identifyMapping } from '../entries/ids.ts';
import { ISSUER } from '../entries/issuer.ts';
import { MAPPING } from '../entries/mapping.ts';
import { type ContentOf, isMissing, type Members, readEntry } from '../entries/member.ts';
import { SECRET } from '../entries/secret.ts';
import { STORE } from '../entries/store.ts';
import { isJsonObject, type JsonObject, own } from '../wire/strict-json.ts';
import { type Fault, type FaultList, faultList } from './fault.ts';
import { checkRules, type RawEntry } from './rules.ts';
import { readSource } from './source.ts';

const SECTIONS = { issuers: ISSUER, stores: STORE, secrets: SECRET, mappings: MAPPING } as const;
type Section = keyof typeof SECTIONS;
const NAMES = Object.keys(SECTIONS) as Section[];

/**
 * Reads an operator's file (catalog.yaml). Either all of it is right, or the faults are all that is wrong with it, in the
 * order of the file. Never throws.
 * @param text the file's content
 * @param besides issuers that are trusted besides those of the file, as the file would have them
 */
export function parseCatalogFile(
  text: string,
  besides: readonly RawEntry[] = [],
): { catalog: CatalogEntries } | { faults: Fault[] } {
  const source = readSource(text);
  const list = faultList(source);
  for (const fault of source.faults) list.faults.push({ ...fault, path: '' });
  if (source.value === undefined) return { faults: inOrder(list) };
  const top = isJsonObject(source.value) ? source.value : {};
  if (top !== source.value) list.add([], { expected: `${anyOf(NAMES)} at the top of the file`, found: source.value });
  for (const name of Object.keys(top)) {
    if (!Object.hasOwn(SECTIONS, name)) list.addUnknown([name], NAMES);
  }

  const [issuers, stores, secrets, mappings] = NAMES.map((name) => listEntries(top, name, list)) as FourLists;
  issuers.push(...besides.map((entry, at) => [issuers.length + at, entry] as const));
  checkRules({ issuers, stores, secrets, mappings }, list);
  const issuerContents = readSection('issuers', issuers, list);
  const positions = new Map<string, Position>();
  const catalog: CatalogEntries = {
    // Only the rules check keys: an entry whose keys are at fault may not be digestible.
    issuers: list.faults.length > 0 ? [] : issuerContents.map(([, content]) => identifyIssuer(content)),
    stores: readSection('stores', stores, list).map(([, store]) => store),
    secrets: readSection('secrets', secrets, list).map(([, secret]) => secret),
    mappings: readSection('mappings', mappings, list).map(([at, content]) => {
      const mapping = identifyMapping(content);
      const earlier = positions.get(mapping.id);
      if (earlier === undefined) positions.set(mapping.id, source.position(['mappings', at]));
      else list.addText(['mappings', at], `expected each rule only once, found the rule of line ${earlier.line} again`);
      return mapping;
    }),
    positions,
    issuerPositions: new Map(issuerContents.map(([at, { issuer }]) => [issuer, source.position(['issuers', at])])),
  };
  return list.faults.length === 0 ? { catalog } : { faults: inOrder(list) };
}

type Entries = (readonly [index: number, entry: RawEntry])[];
type FourLists = [Entries, Entries, Entries, Entries];

/** The entries of one section that are objects; a section may be absent. */
function listEntries(top: JsonObject, name: Section, list: FaultList): Entries {
  const section = own(top, name);
  if (section === undefined) return [];
  if (!Array.isArray(section)) {
    list.add([name], { expected: 'a list of entries, each after a dash', found: section });
    return [];
  }
  return section.flatMap((entry, at): Entries => {
    if (isJsonObject(entry)) return [[at, entry]];
    list.add([name, at], { expected: `a map such as ${example(SECTIONS[name])}`, found: entry });
    return [];
  });
}

/** The least that an entry must hold: `{ name: …, kind: … }`. */
function example(members: Members): string {
  const needed = Object.keys(members).filter((name) => members[name]!.written && isMissing(members[name]!, {}));
  return `{ ${needed.map((name) => `${name}: …`).join(', ')} }`;
}

/** What the entries of one section mean, of those without a fault in a member. */
function readSection<S extends Section>(name: S, entries: Entries, list: FaultList) {
  return entries.flatMap(([at, entry]): [number, ContentOf<(typeof SECTIONS)[S]>][] => {
    const content = readEntry(SECTIONS[name], entry, (misfit) => list.add([name, at], misfit));
    return content === undefined ? [] : [[at, content]];
  });
}

function anyOf(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function inOrder({ faults }: FaultList): Fault[] {
  return faults.sort((one, other) => one.line - other.line || one.column - other.column);
}
