import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
} from 'yaml';
import type { Position } from '../entries/catalog-entries.ts';
import { type SyntaxFault, syntaxFaults } from './syntax.ts';

/** The way to a member: names and indexes from the top. */
export type Path = readonly (string | number)[];

/** A fault of the YAML itself. */
export interface SourceFault extends Position {
  readonly message: string;
}

/** A YAML file that was read: its value, and the place of each member. */
export interface Source {
  /** Plain objects, arrays and scalars; undefined if the faults leave nothing to make sense of. */
  readonly value: unknown;
  readonly faults: readonly SourceFault[];
  /** The place of the value at a path; if it is missing, the place of the map or list that would hold it. */
  position(path: Path): Position;
  /** The place of the name of the member at a path. */
  keyPosition(path: Path): Position;
}

/** How often aliases may be resolved, nested ones counted by what they unfold to: plenty for `issuer: *github`, too few for a bomb. */
const MAX_ALIASES = 10_000;

/**
 * Reads YAML 1.2 (core schema): one document without merge keys and tags, with member names that are strings and occur once,
 * and with a bounded number of aliases. Never throws: all that is wrong is returned as faults.
 */
export function readSource(text: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    schema: 'core',
    version: '1.2',
    stringKeys: true,
    merge: false,
    resolveKnownTags: false,
    logLevel: 'error',
  });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const others: SyntaxFault[] = [];
  const { yaml } = document.directives!;
  if (yaml.explicit && yaml.version !== '1.2')
    others.push({ offset: 0, message: `expected YAML 1.2, found ${yaml.version}` });
  const anchors = new Set<string>();
  visit(document, {
    Value(_, { anchor }) {
      if (anchor) anchors.add(anchor);
    },
    Alias(_, { source, range }) {
      if (!anchors.has(source)) others.push({ offset: range![0], message: describeAlias(source) });
    },
    Pair(_, { key }) {
      if (!isScalar(key) || key.value !== '__proto__') return;
      others.push({
        offset: key.range![0],
        message: 'expected a member name, found "__proto__", which is not allowed',
      });
    },
  });
  const faults = syntaxFaults([...document.errors, ...document.warnings], text, others).map(({ offset, message }) => ({
    ...at(offset),
    message,
  }));
  // A duplicate member or an unknown tag leaves the structure whole, so what else is wrong can be reported as well.
  const broken = document.errors.some((error) => error.code !== 'DUPLICATE_KEY');
  let value: unknown;
  try {
    value = broken ? undefined : document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch {
    // An alias without its anchor has its fault already.
    if (faults.length === 0)
      faults.push({ ...at(0), message: `expected at most ${MAX_ALIASES} aliases, counting nested ones` });
  }
  return {
    value,
    faults,
    position: (path) => at(locate(document, path).value),
    keyPosition: (path) => at(locate(document, path).key),
  };
}

/** Offsets of the value and of its name; if the path ends early, those of the last part of it that exists. */
function locate(document: Document.Parsed, path: Path): { value: number; key: number } {
  let node: unknown = document.contents;
  let found = { value: startOf(node) ?? 0, key: startOf(node) ?? 0 };
  for (const step of path) {
    // Inside an alias the place is that of the alias: what is at the anchor may be right elsewhere.
    if (isAlias(node)) return found;
    const part: unknown = isSeq(node)
      ? node.items[Number(step)]
      : isMap(node)
        ? node.items.find(({ key }) => isScalar(key) && key.value === step)
        : undefined;
    if (part === undefined) return found;
    node = isPair(part) ? part.value : part;
    const key = startOf(isPair(part) ? part.key : part) ?? found.key;
    found = { key, value: startOf(node) ?? key };
  }
  return found;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

/** A value that begins with * may be a misspelt alias, or a glob that lacks its quotes. */
function describeAlias(name: string): string {
  const quotes = `quotes around a value that begins with *: ${JSON.stringify(`*${name}`)}`;
  return /^[\w-]+$/.test(name) ? `expected an anchor &${name} before its alias, or ${quotes}` : `expected ${quotes}`;
}
