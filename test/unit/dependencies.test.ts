import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** A source file: its text without comments, and what it imports: files by path from the root, packages by name. */
interface Source {
  readonly text: string;
  readonly imports: readonly string[];
}

let sources: ReadonlyMap<string, Source>;
beforeAll(async () => {
  const found = new Map<string, Source>();
  for await (const path of glob(['lib/**/*.ts', 'functions/*.ts'], { cwd: ROOT })) {
    const text = readFileSync(join(ROOT, path), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');
    const imports = Array.from(text.matchAll(/(?:\bfrom|^import|\bimport\()\s*'([^']+)'/gm), ([, name]) =>
      name!.startsWith('.') ? relative(ROOT, join(ROOT, dirname(path), name!)) : name!,
    );
    found.set(path, { text, imports });
  }
  sources = found;
  expect(sources.size).toBeGreaterThan(100);
});

/**
 * The part of the product that a file belongs to: `lib/<part>`. Files directly in lib/ are parts of their own, and so are the
 * folders in lib/catalog, which the broker that reads the catalog knows nothing of.
 */
const partOf = (path: string) => /^lib\/(?:catalog\/[^/]+(?=\/)|[^/]+)/.exec(path)![0];

/** What each part may import of the others. The broker's inside is known to http alone, the client knows nothing of it. */
const DIRECTIONS: Readonly<Record<string, readonly string[]>> = {
  'lib/wire': [],
  'lib/xkey': ['wire'],
  'lib/token': ['wire', 'xkey'],
  'lib/mapping': ['wire', 'token'],
  'lib/aws': ['wire'],
  'lib/catalog': ['wire', 'token', 'mapping', 'aws', 'stores'],
  'lib/catalog/file': ['wire', 'xkey', 'token', 'mapping', 'catalog'],
  'lib/catalog/apply': ['wire', 'token', 'mapping', 'catalog', 'catalog/file'],
  'lib/stores': ['wire', 'aws', 'catalog'],
  'lib/audit': ['wire', 'aws'],
  'lib/keys': ['wire', 'xkey', 'aws'],
  'lib/broker': ['wire', 'xkey', 'token', 'mapping', 'catalog', 'stores', 'audit', 'keys'],
  'lib/broker.ts': ['wire', 'broker', 'stores', 'audit', 'keys'],
  'lib/config': ['wire'],
  'lib/http': ['wire', 'xkey', 'keys', 'audit', 'broker', 'broker.ts'],
  'lib/assemble.ts': ['audit', 'broker.ts', 'catalog', 'http', 'keys', 'stores', 'token'],
  'lib/client': ['wire', 'xkey'],
  'lib/local': [
    'wire',
    'xkey',
    'catalog',
    'catalog/file',
    'catalog/apply',
    'stores',
    'audit',
    'keys',
    'aws',
    'http',
    'assemble.ts',
    'cli',
  ],
  'lib/cli': ['wire', 'xkey', 'client', 'catalog', 'catalog/file', 'catalog/apply', 'aws', 'local'],
};

/** The packages that have one place. Everything else that is used must be declared. */
const PLACES: readonly (readonly [RegExp, RegExp])[] = [
  [
    /^@aws-sdk\//,
    /^lib\/(?:stores|aws)\/|^lib\/(?:catalog|audit)\/dynamodb|^lib\/cli\/aws-table\.ts$|^lib\/local\/connect-store\.ts$|^functions\//,
  ],
  [/^@smithy\//, /^lib\/aws\//],
  [/^jose$/, /^lib\/token\/|^lib\/local\/dev-issuer\.ts$|^lib\/catalog\/(?:file\/entries|items)\.ts$/],
  [/^hono/, /^lib\/http\/|^lib\/assemble\.ts$|^lib\/local\/|^functions\//],
  [/^@hono\/node-server$/, /^lib\/local\//],
  [/^tweetnacl$/, /^lib\/xkey\//],
  [/^node:sqlite$/, /sqlite\.ts$|^lib\/stores\/embedded|^lib\/local\//],
  [/^pino/, /^lib\/http\/(?:log\.ts|pino-browser\.d\.ts)$/],
  [/^yaml$/, /^lib\/catalog\//],
  [/^commander$/, /^lib\/cli\/|^lib\/local\//],
  [/^valibot$/, /^lib\/wire\/requests\.ts$|^lib\/http\/openapi\.ts$|^lib\/config\/|^lib\/catalog\//],
];

describe('imports', () => {
  it('go the way of the design', () => {
    const wrong: string[] = [];
    for (const [path, { imports }] of sources) {
      if (path.startsWith('functions/')) continue;
      const allowed = DIRECTIONS[partOf(path)];
      expect([path, allowed !== undefined]).toEqual([path, true]);
      for (const target of imports.filter((one) => one.startsWith('lib/'))) {
        const part = partOf(target);
        if (part !== partOf(path) && !allowed!.includes(part.slice(4))) wrong.push(`${path} → ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('of files form no circle', () => {
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (path: string, way: readonly string[]): void => {
      if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(' → '));
      if (way.includes(path) || done.has(path)) return;
      for (const target of sources.get(path)?.imports ?? []) visit(target, [...way, path]);
      done.add(path);
    };
    for (const path of sources.keys()) visit(path, []);
    expect(circles).toEqual([]);
  });

  it('of packages stay in their places, and are declared', () => {
    const declared = Object.keys(
      JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).dependencies as Record<string, string>,
    );
    const wrong: string[] = [];
    for (const [path, { imports }] of sources) {
      for (const name of imports.filter((one) => !/^(?:lib|functions)\//.test(one))) {
        if (PLACES.some(([of, place]) => of.test(name) && !place.test(path))) wrong.push(`${path}: ${name}`);
        const isOurs = declared.some((one) => name === one || name.startsWith(`${one}/`));
        // openapi.ts makes a document that is committed: the product does not run it.
        const builds = path === 'lib/http/openapi.ts' && name === '@valibot/to-json-schema';
        if (!name.startsWith('node:') && !isOurs && !builds) wrong.push(`${path}: ${name} is not declared`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('name files that are there, with their endings', () => {
    const missing = [...sources].flatMap(([path, { imports }]) =>
      imports
        .filter((one) => one.startsWith('lib/') && !sources.has(one) && !one.endsWith('.json'))
        .map((one) => `${path} → ${one}`),
    );
    expect(missing).toEqual([]);
  });
});

describe('exports', () => {
  it('are never the default, and never those of another file but for the package’s entry', () => {
    for (const [path, { text }] of sources) {
      expect([path, /^export default\b|\bas default\b/m.test(text)]).toEqual([path, false]);
      const passesOn = /^export\s+(?:type\s+)?(?:\*|\{[^}]*\})[^;]*\bfrom\b/m.test(text);
      expect([path, passesOn && path !== 'lib/client/index.ts']).toEqual([path, false]);
    }
  });

  it('are documented', () => {
    const bare: string[] = [];
    for (const path of sources.keys()) {
      const lines = readFileSync(join(ROOT, path), 'utf8').split('\n');
      for (const [i, line] of lines.entries()) {
        const name = /^export (?:async )?(?:function|const|class|interface|type) (\w+)/.exec(line)?.[1];
        if (name !== undefined && !lines[i - 1]?.trimEnd().endsWith('*/')) bare.push(`${path}: ${name}`);
      }
    }
    // A constant's type that stands right below it needs no words of its own.
    expect(bare.filter((one) => !/: (?:Algorithm|Binding|Operation)$/.test(one))).toEqual([]);
  });
});

describe('sources', () => {
  it('make refusals of fixed texts only', () => {
    const made: string[] = [];
    for (const [path, { text }] of sources) {
      // What the broker said inside the box is the broker's own fixed text.
      if (path === 'lib/client/answer.ts') continue;
      for (const [, code, rest] of text.matchAll(/new WaxsealError\(\s*([^,)]+)(,\s*[^,)]*)?/g)) {
        const isCode = /^(?:'[a-z_]+'|code|options\.code)$/.test(code!.trim());
        const isText = rest === undefined || /^,\s*(?:['"]|undefined\b|TEXTS\[|[A-Z_]+\b|text\b|\w+\.code)/.test(rest);
        if (!isCode || !isText || rest?.includes('`')) made.push(`${path}: ${code}${rest ?? ''}`);
      }
    }
    expect(made).toEqual([]);
  });

  it('read a secret’s value in few places, all of which are named here', () => {
    const places = [...sources].filter(([, { text }]) => /\.reveal\w*\(/.test(text)).map(([path]) => path);
    expect(places.sort()).toEqual([
      'lib/broker/value.ts',
      'lib/cli/commands/get.ts',
      'lib/client/secret.ts',
      'lib/local/sync-values.ts',
      'lib/stores/embedded.ts',
      'lib/stores/fields.ts',
      'lib/stores/sealing.ts',
      'lib/stores/secrets-manager-writer.ts',
    ]);
  });

  it('are short', () => {
    const lengths = [...sources.keys()].map((path) => readFileSync(join(ROOT, path), 'utf8').split('\n').length - 1);
    lengths.sort((one, other) => one - other);
    expect(lengths.at(-1)).toBeLessThanOrEqual(250);
    expect(lengths[lengths.length >> 1]).toBeLessThan(90);
  });
});
