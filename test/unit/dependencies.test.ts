import { existsSync, globSync, readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { LAYERS } from '../kit/layers.ts';

const ROOT = join(import.meta.dirname, '../..');

/** A source file: its text without comments, and what it imports: files by path from the root, packages by name. */
interface Source {
  readonly text: string;
  readonly imports: readonly string[];
  /** Those of the imports that are loaded with the file: neither types alone nor a later `import()`. */
  readonly loads: readonly string[];
}

let sources: ReadonlyMap<string, Source>;
beforeAll(async () => {
  const found = new Map<string, Source>();
  for await (const path of glob(['lib/**/*.ts', 'functions/*.ts'], { cwd: ROOT })) {
    const text = readFileSync(join(ROOT, path), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');
    const named = (pattern: RegExp) =>
      Array.from(text.matchAll(pattern), ([, name]) =>
        name!.startsWith('.') ? relative(ROOT, join(ROOT, dirname(path), name!)) : name!,
      );
    const imports = named(/(?:\bfrom|^import|\bimport\()\s*'([^']+)'/gm);
    const loads = named(/^import\s+(?!type\b)(?:[^;']*?\bfrom\s+)?'([^']+)'/gm);
    found.set(path, { text, imports, loads });
  }
  sources = found;
  expect(sources.size).toBeGreaterThan(100);
});

/** The part of the product that a file belongs to: its folder in lib/, or the file itself where it is directly in lib/. */
const partOf = (path: string) => path.split('/')[1]!;

/** Everything that a part may import, itself included. */
function within(part: string): ReadonlySet<string> {
  const listed = Object.hasOwn(LAYERS, part) ? LAYERS[part as keyof typeof LAYERS] : [];
  return new Set([part, ...listed.flatMap((below) => [...within(below)])]);
}

/** The packages that have one place. Everything else that is used must be declared. */
const PLACES: readonly (readonly [RegExp, RegExp])[] = [
  [/^@aws-sdk\//, /^lib\/(?:stores|aws)\/|^lib\/(?:catalog|audit)\/dynamodb|^lib\/cli\/aws-table\.ts$|^functions\//],
  [/^@smithy\//, /^lib\/aws\//],
  [/^jose$/, /^lib\/token\/|^lib\/embedded\/dev-issuer\.ts$|^lib\/entries\//],
  [/^hono/, /^lib\/http\/|^lib\/assemble\.ts$|^lib\/embedded\/|^functions\//],
  [/^@hono\/node-server$/, /^lib\/embedded\//],
  [/^tweetnacl$/, /^lib\/xkey\//],
  [/^node:sqlite$/, /sqlite\.ts$|^lib\/stores\/embedded\/|^lib\/embedded\//],
  [/^pino/, /^lib\/http\/(?:log\.ts|pino-browser\.d\.ts)$/],
  [/^yaml$/, /^lib\/catalog-file\//],
  [/^commander$/, /^lib\/cli\//],
  [/^valibot$/, /^lib\/wire\/requests\.ts$|^lib\/http\/openapi\.ts$|^lib\/config\//],
];

describe('imports', () => {
  it('point downwards between folders', () => {
    const parts = Object.keys(LAYERS);
    const upwards = Object.entries(LAYERS).flatMap(([part, listed]) =>
      listed.filter((below) => parts.indexOf(below) >= parts.indexOf(part)).map((below) => `${part} → ${below}`),
    );
    expect(upwards).toEqual([]);
    const wrong: string[] = [];
    for (const [path, { imports }] of sources) {
      if (path.startsWith('functions/')) continue;
      expect(parts).toContain(partOf(path));
      const allowed = within(partOf(path));
      const lib = imports.filter((one) => one.startsWith('lib/'));
      wrong.push(...lib.filter((target) => !allowed.has(partOf(target))).map((target) => `${path} → ${target}`));
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

describe('what a broker loads', () => {
  /** A file and all that it imports statically, at any depth. */
  function loadedBy(path: string): ReadonlySet<string> {
    const loaded = new Set<string>();
    const visit = (name: string): void => {
      if (loaded.has(name)) return;
      loaded.add(name);
      for (const target of sources.get(name)?.loads ?? []) visit(target);
    };
    visit(path);
    return loaded;
  }

  it('on AWS holds no writer of the catalog or of a store, and no SQLite', () => {
    const loaded = [...loadedBy('functions/broker.ts')];
    expect(loaded).toContain('lib/catalog/dynamodb/reader.ts');
    expect(loaded).toContain('lib/stores/secrets-manager/reader.ts');
    expect(loaded.filter((name) => /writer|sqlite|\/apply\//.test(name))).toEqual([]);
  });

  it('on this machine holds no AWS SDK until a secret in Secrets Manager is needed', () => {
    const loaded = [...loadedBy('lib/embedded/embedded-broker.ts')];
    expect(loaded).toContain('node:sqlite');
    expect(loaded).toContain('lib/stores/secrets-manager/on-demand.ts');
    expect(loaded.filter((name) => /^@(?:aws-sdk|smithy)\//.test(name))).toEqual([]);
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
    // A constant's type right below it needs no comment of its own.
    expect(bare.filter((one) => !/: (?:Algorithm|Binding|Operation)$/.test(one))).toEqual([]);
  });
});

describe('sources', () => {
  it('that commands load on Node 20 use nothing newer', () => {
    const newer =
      /\b(?:Map\.groupBy|Object\.groupBy|Promise\.withResolvers|Promise\.try|URL\.parse|Array\.fromAsync)\b/;
    const parts = ['wire', 'xkey', 'entries', 'mapping', 'catalog', 'catalog-file', 'apply', 'client'];
    const found = [...sources].filter(([path, { text }]) => parts.includes(partOf(path)) && newer.test(text));
    // Only a broker lists, and only an embedded catalog needs SQLite, which Node 20 lacks.
    expect(found.map(([path]) => path).sort()).toEqual(['lib/catalog/listable.ts', 'lib/catalog/sqlite.ts']);
  });

  it('make refusals of fixed texts only', () => {
    const made: string[] = [];
    for (const [path, { text }] of sources) {
      // What the broker said inside the box is the broker's own fixed text.
      if (path === 'lib/client/reply.ts') continue;
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
      'lib/embedded/sync-values.ts',
      'lib/stores/embedded/sealing.ts',
      'lib/stores/embedded/store.ts',
      'lib/stores/fields.ts',
      'lib/stores/secrets-manager/writer.ts',
    ]);
  });

  /** Lines of a source file. */
  const linesOf = (path: string) => readFileSync(join(ROOT, path), 'utf8').split('\n').length - 1;

  it('are short', () => {
    const lengths = [...sources.keys()].map(linesOf);
    lengths.sort((one, other) => one - other);
    expect(lengths.at(-1)).toBeLessThanOrEqual(250);
    expect(lengths[lengths.length >> 1]).toBeLessThan(90);
  });

  it('are not scattered over tiny files', () => {
    const tiny = [...sources.keys()].filter((path) => path.startsWith('lib/') && linesOf(path) < 40);
    expect(tiny.length).toBeLessThanOrEqual(30);
  });

  it('are spread over folders, none of which has more than 15 % of the lines', () => {
    const lines = new Map<string, number>();
    for (const path of sources.keys()) {
      if (path.startsWith('lib/')) lines.set(partOf(path), (lines.get(partOf(path)) ?? 0) + linesOf(path));
    }
    const all = [...lines.values()].reduce((sum, one) => sum + one, 0);
    expect([...lines].filter(([, count]) => count > 0.15 * all)).toEqual([]);
  });
});

describe('test/unit', () => {
  it('mirrors lib/: each of its folders is also one there, besides those for docs and infra', () => {
    const folders = globSync('test/unit/**/', { cwd: ROOT }).map((path) => relative('test/unit', path));
    expect(folders).toContain('token/keys');
    const other = folders.filter((folder) => !existsSync(join(ROOT, 'lib', folder)));
    expect(other.sort()).toEqual(['docs', 'infra']);
  });
});
