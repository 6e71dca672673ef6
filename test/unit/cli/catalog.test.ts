import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { plan } from '../../../lib/apply/apply.ts';
import { parseCatalogFile } from '../../../lib/catalog-file/catalog-file.ts';
import { runCli } from '../../../lib/cli/program.ts';
import { openDatabase } from '../../../lib/embedded/database.ts';
import { sqliteTable } from '../../kit/catalog-table.ts';
import { recordedTerminal, type TerminalChoices } from '../../kit/recorded-terminal.ts';
import { startScriptedAws } from '../../kit/scripted-aws.ts';

const GOOD = `
issuers:
  - issuer: https://issuer.example
    audience: https://secrets.example.com
    algorithms: [ES256]
stores:
  - { name: local, kind: embedded, default: true }
mappings:
  - { secret: payments/stripe, issuer: https://issuer.example, subject: "repo:acme/api" }
`;
const FAULTY = GOOD.replace('subject: "repo:acme/api"', 'subject: "repo:acme/api", efect: deny').replace(
  'ES256',
  'HS256',
);
const DEV = 'mappings: [{ secret: a, issuer: "https://issuer.waxseal.test", subject: b }]';
const BROAD = GOOD.replace('repo:acme/api', '**');

let folder: string;
let data: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waxseal-'));
  await Promise.all([
    writeFile(join(folder, 'good.yaml'), GOOD),
    writeFile(join(folder, 'faulty.yaml'), FAULTY),
    writeFile(join(folder, 'broad.yaml'), BROAD),
    writeFile(join(folder, 'dev.yaml'), DEV),
  ]);
});
beforeEach(async () => {
  data = await mkdtemp(join(folder, 'data-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function run(args: readonly string[], choices: TerminalChoices = {}) {
  const terminal = recordedTerminal(choices);
  const exit = await runCli(
    args.map((arg) => (arg.endsWith('.yaml') ? join(folder, arg) : arg)),
    terminal,
  );
  return { exit, terminal };
}

/** What is left to do to make the embedded catalog what the good file says. */
async function left(): Promise<number> {
  const parsed = parseCatalogFile(GOOD);
  if ('faults' in parsed) throw new Error('The good file has faults.');
  const database = openDatabase(join(data, 'waxseal.db'));
  const { transactions } = await plan(parsed.catalog, sqliteTable(database), new AbortController().signal);
  database.close();
  return transactions.length;
}

describe('waxseal check', () => {
  it('summarises a good file', async () => {
    const { exit, terminal } = await run(['check', 'good.yaml']);
    expect([exit, terminal.stderr]).toEqual([0, '']);
    expect(terminal.stdout).toBe(
      `${join(folder, 'good.yaml')}: no faults; issuers: 1, stores: 1, secrets: 0, mappings: 1\n`,
    );
  });

  it('reports all faults at once, with line and column', async () => {
    const { exit, terminal } = await run(['check', 'faulty.yaml']);
    expect(exit).toBe(1);
    expect(terminal.stderr).toMatch(/faulty\.yaml:5:\d+ issuers\[0\]\.algorithms/);
    expect(terminal.stderr).toMatch(/faulty\.yaml:9:\d+ mappings\[0\]\.efect/);
    expect(terminal.stdout).toContain('2 faults');
    const { terminal: asJson } = await run(['check', 'faulty.yaml', '--json']);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ faults: [{ line: 5 }, { line: 9 }], warnings: [] });
    expect(asJson.stderr).toBe('');
  });

  it('warns of a rule that is too broad, which is not a fault', async () => {
    const { exit, terminal } = await run(['check', 'broad.yaml']);
    expect(exit).toBe(0);
    expect(terminal.stderr).toMatch(/^warning: .*broad\.yaml:9:\d+ mappings\[0\]\.subject: /);
  });

  it('prints the id of each rule with its line', async () => {
    const { terminal } = await run(['check', 'good.yaml', '--ids']);
    const [, line, id] = /good\.yaml:(\d+):5 (m_[\w-]{16})\n$/.exec(terminal.stdout)!;
    expect(line).toBe('9');
    const { terminal: asJson } = await run(['check', 'good.yaml', '--json']);
    expect(JSON.parse(asJson.stdout).rules).toEqual([{ id, line: 9, column: 5 }]);
  });

  it('accepts rules of the development issuer with --dev-issuer', async () => {
    expect(await run(['check', 'dev.yaml'])).toMatchObject({ exit: 1 });
    const { exit, terminal } = await run(['check', 'dev.yaml', '--dev-issuer']);
    expect([exit, terminal.stderr]).toEqual([0, '']);
  });

  it('says if there is no such file', async () => {
    const { exit, terminal } = await run(['check', 'none.yaml']);
    expect([exit, terminal.stderr]).toEqual([2, expect.stringContaining('The catalog file cannot be read.')]);
  });
});

describe('waxseal apply', () => {
  it('shows the plan and writes it', async () => {
    const { exit, terminal } = await run(['apply', 'good.yaml', '--data', data, '--yes']);
    expect([exit, terminal.stderr]).toEqual([0, '']);
    expect(terminal.stdout).toContain('issuers: 1 new, 0 changed, 0 removed\n');
    expect(terminal.stdout).toContain('mappings: 1 new, 0 changed, 0 removed\n');
    expect(terminal.stdout.endsWith('Applied.\n')).toBe(true);
    expect(await left()).toBe(0);
    const again = await run(['apply', 'good.yaml', '--data', data]);
    expect([again.exit, again.terminal.stdout]).toEqual([
      0,
      expect.stringContaining('The catalog already matches the file.\n'),
    ]);
  });

  it('shows each entry that is new, changed or removed', async () => {
    const shown = async (...options: string[]) => {
      const { terminal } = await run(['apply', 'edited.yaml', '--data', data, ...options]);
      return terminal.stdout.replaceAll(join(folder, 'edited.yaml'), 'edited.yaml').split('issuers: ')[0];
    };
    const edit = (text: string) => writeFile(join(folder, 'edited.yaml'), text);
    await edit(GOOD);
    expect(await shown('--yes')).toBe(
      '+ issuer https://issuer.example\n+ store local\n' +
        '+ mapping allow payments/stripe to https://issuer.example repo:acme/api (edited.yaml:9)\n',
    );
    const id = /m_[\w-]{16}/.exec((await run(['check', 'edited.yaml', '--ids'])).terminal.stdout)![0];
    await edit(
      GOOD.replace('[ES256]', '[ES256]\n    state: suspended')
        .replace('default: true', 'direct: web/')
        .replace('repo:acme/api"', 'repo:\\u202Eacme/**", claims: { a: x }, fields: [b], effect: deny, mode: shadow')
        .replace('mappings:', 'secrets: [{ secret: web/x, store: local, ref: x }]\nmappings:'),
    );
    expect(await shown('--yes')).toBe(
      '~ issuer https://issuer.example (state)\n~ store local (default, direct)\n+ secret web/x\n' +
        '+ mapping shadow deny payments/stripe to https://issuer.example repo:\\u{202e}acme/** (claims, fields; edited.yaml:11)\n' +
        `- mapping ${id} allow payments/stripe to https://issuer.example repo:acme/api\n`,
    );
    await edit('stores: [{ name: local, kind: embedded }]');
    expect(await shown('--dry-run')).toMatch(
      /^- issuer https:\/\/issuer.example\n~ store local \(direct\)\n- secret web\/x\n- mapping m_[\w-]{16} shadow deny payments\/stripe to .* \(claims, fields\)\n$/,
    );
  });

  it('writes nothing with --dry-run', async () => {
    const { exit } = await run(['apply', 'good.yaml', '--data', data, '--dry-run']);
    expect(exit).toBe(0);
    expect(await left()).toBeGreaterThan(0);
  });

  it('asks on a terminal, and writes nothing if the answer is no', async () => {
    const declined = await run(['apply', 'good.yaml', '--data', data], { inIsTty: true, agrees: false });
    expect([declined.exit, declined.terminal.stderr]).toEqual([1, 'Nothing was written.\n']);
    expect(declined.terminal.questions).toEqual(['Write these changes to the catalog?']);
    expect(await left()).toBeGreaterThan(0);
    expect(await run(['apply', 'good.yaml', '--data', data], { inIsTty: true, agrees: true })).toMatchObject({
      exit: 0,
    });
    expect(await left()).toBe(0);
  });

  it('needs --yes if there is no terminal to ask on', async () => {
    const { exit, terminal } = await run(['apply', 'good.yaml', '--data', data]);
    expect([exit, terminal.stderr]).toEqual([
      2,
      expect.stringContaining('hint: Add --yes to apply without confirmation.'),
    ]);
    expect(await left()).toBeGreaterThan(0);
  });

  it('writes nothing of a file with faults', async () => {
    const { exit, terminal } = await run(['apply', 'faulty.yaml', '--data', data, '--yes']);
    expect([exit, terminal.stdout]).toEqual([1, '']);
    expect(terminal.stderr).toContain('mappings[0].efect');
    expect(terminal.stderr.endsWith('\nNothing was written.\n')).toBe(true);
    const { terminal: asJson } = await run(['apply', 'faulty.yaml', '--data', data, '--json']);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ faults: [{ line: 5 }, { line: 9 }] });
  });

  it('prints the plan as JSON', async () => {
    const { terminal } = await run(['apply', 'good.yaml', '--data', data, '--dry-run', '--json']);
    expect(JSON.parse(terminal.stdout)).toMatchObject({ summary: { mappings: { created: 1 } }, faults: [] });
    expect(JSON.parse(terminal.stdout).changes).toEqual([
      { change: 'created', kind: 'issuer', name: 'https://issuer.example' },
      { change: 'created', kind: 'store', name: 'local' },
      {
        change: 'created',
        kind: 'mapping',
        id: expect.stringMatching(/^m_/),
        effect: 'allow',
        mode: 'enforce',
        secret: 'payments/stripe',
        issuer: 'https://issuer.example',
        subject: 'repo:acme/api',
        narrowed: [],
        line: 9,
      },
    ]);
  });

  it('writes to a DynamoDB table in the environment’s region', async () => {
    const aws = await startScriptedAws(({ operation }) => ({ body: operation === 'Scan' ? { Items: [] } : {} }));
    vi.stubEnv('AWS_ENDPOINT_URL', aws.endpoint);
    vi.stubEnv('AWS_REGION', 'eu-central-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    try {
      const { exit, terminal } = await run(['apply', 'good.yaml', '--table', 'the-catalog', '--yes']);
      expect([exit, terminal.stderr]).toEqual([0, '']);
      expect(aws.calls[0]).toMatchObject({
        operation: 'Scan',
        input: { TableName: 'the-catalog', ConsistentRead: true },
      });
      expect(new Set(aws.operations().slice(1))).toEqual(new Set(['TransactWriteItems']));
    } finally {
      vi.unstubAllEnvs();
      await aws.close();
    }
  });

  it('takes exactly one catalog', async () => {
    for (const where of [[], ['--data', data, '--table', 'catalog']]) {
      const { exit, terminal } = await run(['apply', 'good.yaml', ...where]);
      expect([exit, terminal.stderr]).toEqual([
        2,
        expect.stringContaining('Pass either --table NAME or --data FOLDER.'),
      ]);
    }
  });

  it('says if there is no such data folder', async () => {
    const { exit, terminal } = await run(['apply', 'good.yaml', '--data', join(data, 'none'), '--yes']);
    expect([exit, terminal.stderr]).toEqual([2, expect.stringContaining('There is no data folder "')]);
  });
});
