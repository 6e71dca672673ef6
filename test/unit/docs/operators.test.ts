import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startEmbeddedBroker } from '../../../lib/embedded/embedded-broker.ts';
import { ISSUER } from '../../../lib/entries/issuer.ts';
import { MAPPING } from '../../../lib/entries/mapping.ts';
import { fallbackOf, isMissing, type Member, type Members } from '../../../lib/entries/member.ts';
import { SECRET } from '../../../lib/entries/secret.ts';
import { STORE } from '../../../lib/entries/store.ts';
import { matchesGlob } from '../../../lib/mapping/glob.ts';
import { fences, readPage, rows, section, ticked } from './page.ts';

const PAGE = readPage('docs/operators.md');

/** The members that a table documents: the first cells of its rows. */
function documented(text: string): string[] {
  return rows(text).map(([member]) => ticked(member!)[0]!);
}

/** The members of an interface, in the order of its source. */
function members(file: string, name: string): string[] {
  const body = new RegExp(`^export interface ${name} \\{\\n([\\s\\S]*?)^\\}$`, 'm').exec(readPage(file))?.[1] ?? '';
  return Array.from(body.matchAll(/^ {2}readonly (\w+)\??:/gm), ([, member]) => member!);
}

/** What the default column must say about a member. Any words, if there is no value: they explain what happens then. */
function defaultCell(member: Member): unknown {
  if (isMissing(member, {})) return 'required';
  const fallback = fallbackOf(member);
  if (fallback === undefined) return expect.not.stringMatching(/^$|^required$|`/);
  if (!Array.isArray(fallback)) return `\`${fallback}\``;
  return fallback.length === 0 ? 'none' : `\`[${fallback.join(', ')}]\``;
}

describe('docs/operators.md', () => {
  it.each<[string, Members]>([
    ['issuers', ISSUER],
    ['stores', STORE],
    ['secrets', SECRET],
    ['mappings', MAPPING],
  ])('documents every member of %s in order, with its default', (heading, members) => {
    const table = rows(section(PAGE, heading)).map(([member, value]) => [ticked(member!)[0], value]);
    const written = Object.entries(members).filter(([, member]) => member.written !== undefined);
    expect(table).toEqual(written.map(([name, member]) => [name, defaultCell(member)]));
  });

  it('has examples that match and do not match their globs', () => {
    const table = rows(section(PAGE, 'Globs')).map((cells) => cells.map((cell) => ticked(cell)[0]!));
    expect(table.length).toBeGreaterThan(3);
    for (const [glob, fits, other] of table) {
      expect([glob, matchesGlob(glob!, fits!), matchesGlob(glob!, other!)]).toEqual([glob, true, false]);
    }
  });

  it('documents every member of a record and of a log line, in order', () => {
    const [ledger, log] = section(PAGE, 'The ledger and the log').split('**The log**') as [string, string];
    const record = members('lib/audit/ledger.ts', 'AuditRecord');
    const secret = members('lib/audit/ledger.ts', 'AuditedSecret');
    const item = members('lib/audit/guard.ts', 'LedgerItem').filter((member) => member !== 'record');
    expect(documented(ledger)).toEqual([...item, ...record, ...secret]);
    expect(documented(log)).toEqual(members('lib/http/request-log.ts', 'RequestLog'));
  });

  it('lists every alarm', () => {
    const alarms = Array.from(readPage('infra/alarms.yml').matchAll(/^ {2}(\w+Alarm):$/gm), ([, name]) => name!);
    expect(documented(section(PAGE, 'Alarms'))).toEqual(alarms);
    expect(section(PAGE, 'Alarms')).toContain('`KeyEventsRule`');
  });

  it('lists every file of the embedded broker’s folder', async () => {
    const data = await mkdtemp(join(tmpdir(), 'waxseal-docs-'));
    const broker = await startEmbeddedBroker({ port: 0, data, onRequest: () => {} });
    try {
      const files = (await readdir(data)).filter((name) => !/-(?:wal|shm|journal)$/.test(name));
      expect(documented(section(PAGE, 'The embedded broker')).sort()).toEqual(files.sort());
    } finally {
      await broker.close();
      await rm(data, { recursive: true });
    }
  });

  it('has only fenced blocks that a test knows', () => {
    const kinds = new Set(fences(PAGE).map(({ info }) => info.replace(/ \S+\.(?:yaml|json)$/, '')));
    expect([...kinds].sort()).toEqual(['json', 'sh', 'text', 'text insights', 'yaml']);
  });
});
