import { globSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LAYERS } from '../../kit/layers.ts';
import { ROOT, readPage, rows, section, ticked } from './page.ts';

const PAGE = readPage('docs/architecture.md');
const SOURCES = globSync('lib/**/*.ts', { cwd: ROOT });

describe('docs/architecture.md', () => {
  const folders = rows(section(PAGE, 'The folders, and which way imports point'));

  it('lists every part of lib/, with what it may import', () => {
    const listed = folders.map(([names, , imports]) => [
      ticked(names!)[0]!.replace(/\/$/, ''),
      imports === '–' ? [] : imports!.split(', '),
    ]);
    expect(listed).toEqual(Object.entries(LAYERS));
    expect(Object.keys(LAYERS).sort()).toEqual(readdirSync(join(ROOT, 'lib')).sort());
  });

  it('has at most 2,500 words, counted as `wc -w` does: everything between spaces, tables and diagrams included', () => {
    expect(PAGE.trim().split(/\s+/).length).toBeLessThanOrEqual(2_500);
  });

  it('explains the words of the product', () => {
    const bold = Array.from(section(PAGE, 'The words we use').matchAll(/\*\*([\w ]+)\*\*/g), ([, word]) => word!);
    const words =
      'secret name version field revision key xkey workload caller token issuer subject audience claims fingerprint mapping store ref sender recipient seal open verify authorise catalog ledger digest broker admin agent';
    expect(words.split(' ').filter((word) => !bold.includes(word) && !bold.includes(`${word}s`))).toEqual([]);
    expect(bold).toEqual(expect.arrayContaining(['trusted issuer', 'audit records']));
  });
});

describe('the invariants', () => {
  const invariants = rows(section(PAGE, 'Invariants')).map(([name, , files]) => ({ name, files: ticked(files!) }));
  /** The invariants named in the titles of a test file. */
  const named = (path: string) =>
    Array.from(readPage(path).matchAll(/\b(?:describe|it|test)(?:\.\w+)*\(\s*(['"`])(.*?)\1/g), ([, , title]) => title!)
      .flatMap((title) => title.match(/\bI\d\b/g) ?? [])
      .sort();

  it('are numbered from one to eight', () => {
    expect(invariants.map(({ name }) => name)).toEqual(['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8']);
  });

  it('are named in the titles of their tests, and in no other title', () => {
    const listed = invariants.flatMap(({ name, files }) => files.map((path) => `${path}: ${name}`));
    const found = globSync('test/**/*.ts', { cwd: ROOT }).flatMap((path) =>
      named(path).map((name) => `${path}: ${name}`),
    );
    expect([...new Set(found)].sort()).toEqual(listed.sort());
  });
});

describe('the table of caches', () => {
  const caches = rows(section(PAGE, 'Every cache'));

  it('lists every file that keeps something for other requests', () => {
    const keeps =
      /new (?:LRUCache|WeakMap)\b|= createSharedRead\(|\blet (?:held|list|flight|reading|loading)\b.*undefined|\blet preferred\b/;
    const named = new Set(caches.flatMap((cells) => cells.flatMap(ticked)));
    expect(SOURCES.filter((path) => keeps.test(readPage(path)) && !named.has(path))).toEqual([]);
  });

  it.each([
    ['list of issuers', 'lib/token/issuer-directory.ts', 'maxAge = 30_000', '30 s'],
    ['list of stores', 'lib/entries/store.ts', 'STORES_MAX_AGE_MS = 30_000', '30 s'],
    ['key sets behind a URL', 'lib/token/keys/remote-jwk-set.ts', 'REFRESH_AFTER = 600_000', '10 min'],
    ['key sets behind a URL', 'lib/token/keys/remote-jwk-set.ts', 'STALE_AFTER = 3_600_000', '1 h'],
    ['key sets behind a URL', 'lib/token/keys/issuer-keys.ts', 'max: 1000', '1,000 sets'],
    ['key sets behind a URL', 'lib/token/keys/fetch-json.ts', 'MAX_BYTES = 65_536', '64 KiB'],
    ['that a key', 'lib/token/keys/remote-jwk-set.ts', 'COOLDOWN = 30_000', '30 s'],
    ['keys of nkey issuers', 'lib/token/keys/issuer-keys.ts', 'max: 256', '256'],
    ['tokens whose', 'lib/token/verify.ts', 'max: 2_000, maxSize: 4_194_304', '2,000 tokens, 4 MiB'],
    ['decoded cells', 'lib/catalog/cell.ts', 'KEPT_CHARACTERS = 4 * 1024 * 1024', '4 MiB'],
    ['values', 'lib/stores/value-cache.ts', 'ttlMs = 60_000', '60 s'],
    ['values', 'lib/stores/value-cache.ts', '16 * 1024 * 1024', '16 MiB'],
    ['values', 'lib/stores/value-cache.ts', 'staleMs > 300_000', 'at most 300'],
    ['the broker’s xkeys', 'lib/keys/broker-keys.ts', 'RELOAD_AFTER_MS = 300_000', '5 min'],
    ['the broker’s xkeys', 'lib/keys/broker-keys.ts', 'RELOAD_COOLDOWN_MS = 10_000', '10 s'],
    ['connections', 'lib/aws/settings.ts', 'maxSockets: 128', '128 sockets'],
    ['answer of', 'lib/http/app.ts', 'max-age=60', '60 s'],
    ['client: a bound token', 'lib/client/identity.ts', 'BOUND_FOR = 300_000', '5 min'],
    ['client: a bound token', 'lib/client/identity.ts', 'LAST_MOMENTS = 30_000', '30 s'],
  ])('%s: %s has %s', (what, file, code, words) => {
    const row = caches.find(([first]) => first!.replace("'", '’').startsWith(what));
    expect(row?.join(' | ')).toContain(words);
    expect(readPage(file)).toContain(code);
  });
});

describe('docs/decisions.md', () => {
  const { dependencies, devDependencies } = JSON.parse(readPage('package.json')) as Record<
    string,
    Record<string, string>
  >;
  const text = section(readPage('docs/decisions.md'), 'Libraries, and why these');

  it('lists every package, and no other', () => {
    const named = rows(text).flatMap(([packages]) => ticked(packages!));
    expect(named.sort()).toEqual(Object.keys({ ...dependencies, ...devDependencies }).sort());
  });

  it('names the held versions', () => {
    expect(dependencies!.commander).toMatch(/^\^14\./);
    expect(devDependencies!.vitest).toMatch(/^\^4\./);
    expect(text).toContain(`pinned to ${devDependencies!['@biomejs/biome']}`);
  });
});
