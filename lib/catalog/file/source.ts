import type { YAMLError } from 'yaml';
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
import type { Path, Position } from './fault.ts';

/** A fault of the YAML itself. */
export interface SourceFault extends Position {
  readonly message: string;
}

/** A YAML file, read: its value, and where each member of it stands. */
export interface Source {
  /** Plain objects, arrays and scalars; undefined where the faults leave no sense. */
  readonly value: unknown;
  readonly faults: readonly SourceFault[];
  /** Where the value at a path stands; where there is none, what holds it. */
  position(path: Path): Position;
  /** Where the name of the member at a path stands. */
  keyPosition(path: Path): Position;
}

/** How often aliases may be resolved, nested ones counted by what they unfold to: plenty for `issuer: *github`, no bomb. */
const MAX_ALIASES = 10_000;

/**
 * Reads YAML 1.2 (core schema): no merge keys, no tags but the core ones, member names are strings and stand once, one
 * document, a bounded number of aliases. Never throws: what is wrong comes as faults, all that can be found.
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
  const faults = [...document.errors, ...document.warnings].map((error) => ({
    ...at(error.pos[0]),
    message: describe(error, text),
  }));
  const { yaml } = document.directives!;
  if (yaml.explicit && yaml.version !== '1.2') faults.push({ ...at(0), message: 'expected YAML 1.2' });
  const anchors = new Set<string>();
  visit(document, {
    Value(_, { anchor }) {
      if (anchor) anchors.add(anchor);
    },
    Alias(_, { source, range }) {
      if (anchors.has(source)) return;
      faults.push({ ...at(range![0]), message: `expected an anchor &${source} before its alias` });
    },
    Pair(_, { key }) {
      if (isScalar(key) && key.value === '__proto__') {
        faults.push({ ...at(key.range![0]), message: 'expected a member name, found "__proto__", which is never one' });
      }
    },
  });
  // A member that stands twice or an unknown tag leaves the structure whole, so what else is wrong can be told as well.
  const broken = document.errors.some((error) => error.code !== 'DUPLICATE_KEY');
  let value: unknown;
  try {
    value = broken ? undefined : document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch {
    // An alias without its anchor has its fault already.
    if (faults.length === 0) faults.push({ ...at(0), message: 'expected fewer aliases' });
  }
  return {
    value,
    faults,
    position: (path) => at(locate(document, path).value),
    keyPosition: (path) => at(locate(document, path).key),
  };
}

/** Offsets of the value and of its name; where the path ends early, those of the last part of it that exists. */
function locate(document: Document.Parsed, path: Path): { value: number; key: number } {
  let node: unknown = document.contents;
  let found = { value: startOf(node) ?? 0, key: startOf(node) ?? 0 };
  for (const step of path) {
    // Inside an alias the place is that of the alias: what stands at the anchor may be right elsewhere.
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

function describe({ code, message, pos }: YAMLError, text: string): string {
  const [start, end] = pos;
  if (code === 'DUPLICATE_KEY') return `expected ${JSON.stringify(nameAt(text, start))} once, found it again`;
  if (code === 'TAG_RESOLVE_FAILED') return `expected no tag, found ${JSON.stringify(text.slice(start, end))}`;
  if (code === 'MULTIPLE_DOCS') return 'expected one YAML document, found another';
  return `expected YAML: ${message}`;
}

function nameAt(text: string, start: number): string {
  return /^[^:\r\n]*/.exec(text.slice(start, start + 80))![0].trim();
}
