import { globSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, readPage, rows, section, ticked } from './page.ts';

const PAGE = readPage('docs/architecture.md');
const SOURCES = globSync('lib/**/*.ts', { cwd: ROOT });

describe('docs/architecture.md', () => {
  const folders = rows(section(PAGE, 'The folders, and which way imports point'));
  const parts = folders.flatMap(([names]) => ticked(names!).map((name) => name.replace(/\/$/, '')));

  it('names every part of lib/, once', () => {
    const within = readdirSync(join(ROOT, 'lib/catalog'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    const there = [...readdirSync(join(ROOT, 'lib')), ...within.map(({ name }) => `catalog/${name}`)];
    expect([...parts].sort()).toEqual(there.sort());
  });

  it('names every direction in which a part imports another', () => {
    const allowed = new Map<string, ReadonlySet<string>>();
    const above: string[] = [];
    for (const [names, , imports] of folders) {
      const [all, but] = /^(?:all above|everything)(?: but (.*))?$/.exec(imports!) ?? [];
      const listed = imports!.split(', ').flatMap((name) => (name === 'broker' ? ['broker', 'broker.ts'] : [name]));
      const base = imports!.startsWith('everything') ? parts : above;
      const own = ticked(names!).map((name) => name.replace(/\/$/, ''));
      const except = but?.split(', ') ?? [];
      for (const part of own)
        allowed.set(part, new Set([...own, ...(all ? base.filter((one) => !except.includes(one)) : listed)]));
      above.push(...own);
    }
    const partOf = (path: string) => /^lib\/(catalog\/[^/]+(?=\/)|[^/]+)/.exec(path)![1]!;
    const missing = SOURCES.flatMap((path) =>
      Array.from(readPage(path).matchAll(/(?:\bfrom|\bimport\()\s*'(\.[^']+)'/g), ([, to]) => join(dirname(path), to!))
        .filter((to) => to.startsWith('lib/') && !allowed.get(partOf(path))?.has(partOf(to)))
        .map((to) => `${path} → ${to}`),
    );
    expect(missing).toEqual([]);
  });
});

describe('the table of caches', () => {
  const caches = rows(section(PAGE, 'Every cache'));

  it('has every file that keeps something for other requests', () => {
    const keeps =
      /new (?:LRUCache|WeakMap)\b|= createSharedRead\(|\blet (?:held|list|flight|reading|loading)\b.*undefined|\blet preferred\b/;
    const named = new Set(caches.flatMap((cells) => cells.flatMap(ticked)));
    expect(SOURCES.filter((path) => keeps.test(readPage(path)) && !named.has(path))).toEqual([]);
  });

  it.each([
    ['list of issuers', 'lib/token/issuer-directory.ts', 'maxAge = 30_000', '30 s'],
    ['list of stores', 'lib/catalog/records.ts', 'STORES_MAX_AGE_MS = 30_000', '30 s'],
    ['key sets behind a URL', 'lib/token/remote-key-set.ts', 'REFRESH_AFTER = 600_000', '10 min'],
    ['key sets behind a URL', 'lib/token/remote-key-set.ts', 'STALE_AFTER = 3_600_000', '1 h'],
    ['key sets behind a URL', 'lib/token/key-sets.ts', 'max: 1000', '1,000 sets'],
    ['key sets behind a URL', 'lib/token/fetch-json.ts', 'MAX_BYTES = 65_536', '64 KiB'],
    ['that a key', 'lib/token/remote-key-set.ts', 'COOLDOWN = 30_000', '30 s'],
    ['keys of nkey issuers', 'lib/token/nkey-keys.ts', 'max: 256', '256'],
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

describe('the table of libraries', () => {
  const { dependencies, devDependencies } = JSON.parse(readPage('package.json')) as Record<
    string,
    Record<string, string>
  >;
  const text = section(PAGE, 'Libraries, and why these');

  it('has every package, and no other', () => {
    const named = rows(text).flatMap(([packages]) => ticked(packages!));
    expect(named.sort()).toEqual(Object.keys({ ...dependencies, ...devDependencies }).sort());
  });

  it('names the held versions', () => {
    expect(dependencies!.commander).toMatch(/^\^14\./);
    expect(devDependencies!.vitest).toMatch(/^\^4\./);
    expect(text).toContain(`pinned to ${devDependencies!['@biomejs/biome']}`);
  });
});
