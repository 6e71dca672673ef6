import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../lib/cli/program.ts';
import { generateXkey } from '../../../lib/xkey/keys.ts';
import { recordedTerminal, type TerminalChoices } from '../../kit/recorded-terminal.ts';
import { answer, json, type Move, refuse, refuseInClear, scriptedBroker } from '../../kit/scripted-broker.ts';
import { unsignedToken } from '../../kit/unsigned-token.ts';

const TOKEN = unsignedToken({ sub: 'from-the-environment' });
const STRIPE = { secret: 'payments/stripe', version: 4, string: 'value', refresh_after: '2026-11-22T10:01:00.000Z' };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waxseal-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs a command before a broker that makes these moves. */
async function run(args: readonly string[], moves: readonly Move[] = [answer(STRIPE)], choices: TerminalChoices = {}) {
  const broker = scriptedBroker(moves);
  const env = {
    WAXSEAL_URL: 'https://b.example',
    WAXSEAL_BROKER_KEY: broker.xkey.text,
    WAXSEAL_TOKEN: TOKEN,
    ...choices.env,
  };
  const terminal = recordedTerminal({ fetch: broker.fetch, ...choices, env });
  const exit = await runCli(args, terminal);
  return { exit, terminal, broker };
}

describe('waxseal get', () => {
  it('prints the value as it is into a pipe, and as a line on a terminal', async () => {
    const piped = await run(['get', 'payments/stripe']);
    expect(piped).toMatchObject({ exit: 0, terminal: { stdout: 'value', stderr: '' } });
    const shown = await run(['get', 'payments/stripe'], undefined, { outIsTty: true });
    expect(shown.terminal.stdout).toBe('value\n');
  });

  it('prints JSON', async () => {
    const { terminal } = await run(['get', 'payments/stripe', '--json']);
    expect(terminal.stdout.endsWith('}\n')).toBe(true);
    expect(JSON.parse(terminal.stdout)).toEqual(STRIPE);
  });

  it('takes field and version from options or from a reference, not from both', async () => {
    const field = answer({ ...STRIPE, field: 'key' });
    const typed = await run(['get', 'payments/stripe', '--field', 'key', '--secret-version', '4'], [field]);
    expect(typed.broker.requests[0]!.question).toMatchObject({ field: 'key', version: 4 });
    const referred = await run(['get', 'waxseal://payments/stripe?field=key&version=previous'], [field]);
    expect(referred.broker.requests[0]!.question).toMatchObject({ field: 'key', version: 'previous' });
    const both = await run(['get', 'waxseal://payments/stripe?field=key', '--field', 'other']);
    expect(both.exit).toBe(2);
    expect(both.terminal.stderr).toContain('The reference already sets what --field sets. (usage)');
  });

  it('prints binary byte for byte, and not to a terminal', async () => {
    const binary = answer({ ...STRIPE, string: undefined, binary: 'AP8K' });
    expect([...(await run(['get', 'payments/stripe'], [binary])).terminal.stdoutBytes]).toEqual([0, 255, 10]);
    const shown = await run(['get', 'payments/stripe'], [binary], { outIsTty: true });
    expect(shown).toMatchObject({ exit: 2, terminal: { stdout: '' } });
    expect(shown.terminal.stderr).toContain('--output FILE');
    const asJson = await run(['get', 'payments/stripe', '--json'], [binary], { outIsTty: true });
    expect(JSON.parse(asJson.terminal.stdout)).toMatchObject({ binary: 'AP8K' });
  });

  it('writes a file that only its owner can read, whatever mode it had', async () => {
    const path = join(folder, 'stripe.key');
    await writeFile(path, 'old', { mode: 0o644 });
    const { exit, terminal } = await run(['get', 'payments/stripe', '--output', path]);
    expect([exit, terminal.stdout]).toEqual([0, '']);
    expect(await readFile(path, 'utf8')).toBe('value');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['stripe.key']);
    const nowhere = await run(['get', 'payments/stripe', '--output', join(folder, 'none', 'x')]);
    expect(nowhere.exit).toBe(2);
  });
});

describe('refusals', () => {
  it.each<[string, Move, number]>([
    ['access_denied', refuse('access_denied', 403), 1],
    ['not_found', refuse('not_found', 404), 1],
    ['invalid_token', refuse('invalid_token', 401), 1],
    ['unknown_broker_key', refuseInClear('unknown_broker_key', 400), 1],
    ['store_unavailable', refuseInClear('not_found', 404), 3],
    ['store_unavailable', () => new Response('', { status: 403 }), 3],
    ['rate_limited', refuse('rate_limited', 429, 'x', { 'retry-after': '3600' }), 3],
  ])('%s ends with a message, a code, a hint and an exit code', async (code, move, expected) => {
    const { exit, terminal } = await run(['get', 'payments/stripe'], [move]);
    expect(exit).toBe(expected);
    expect(terminal.stdout).toBe('');
    expect(terminal.stderr).toMatch(new RegExp(`^waxseal: .+ \\(${code}(, request req-[a-z0-9]+)?\\)\nhint: .+\n$`));
    expect(terminal.stderr).not.toContain(TOKEN);
  });

  it('are JSON with --json', async () => {
    const { terminal } = await run(['get', 'payments/stripe', '--json'], [refuse('not_found', 404, 'None.')]);
    expect(JSON.parse(terminal.stderr)).toEqual({
      error: {
        code: 'not_found',
        message: 'None.',
        request_id: 'req-1',
        hint: expect.stringContaining('waxseal list'),
      },
    });
  });

  it('are red on a terminal, unless NO_COLOR is set', async () => {
    const move = [refuse('not_found', 404)];
    expect((await run(['get', 'a'], move, { errIsTty: true })).terminal.stderr).toContain('\x1b[31mwaxseal:\x1b[39m');
    const plain = await run(['get', 'a'], move, { errIsTty: true, env: { NO_COLOR: '1' } });
    expect(plain.terminal.stderr).not.toContain('\x1b');
  });
});

describe('wrong usage', () => {
  it.each<[string, string[], Record<string, string>, string]>([
    ['no URL', ['get', 'a'], { WAXSEAL_URL: '' }, 'Set WAXSEAL_URL or pass --url.'],
    ['no pin', ['get', 'a'], { WAXSEAL_BROKER_KEY: '' }, 'Set WAXSEAL_BROKER_KEY'],
    ['no token', ['get', 'a'], { WAXSEAL_TOKEN: '' }, 'Set WAXSEAL_TOKEN or WAXSEAL_TOKEN_FILE'],
    [
      'a malformed pin',
      ['get', 'a', '--broker-key', 'XABC'],
      {},
      '(invalid_request)\nhint: Copy the whole key into --broker-key, and nothing else.\n',
    ],
    [
      'one in the environment',
      ['get', 'a'],
      { WAXSEAL_BROKER_KEY: 'XABC' },
      'hint: Copy the whole key into WAXSEAL_BROKER_KEY, and nothing else.\n',
    ],
    [
      'an invalid URL',
      ['get', 'a', '--url', 'b.example'],
      {},
      'Not a valid broker URL: "b.example". (usage)\nhint: --url must be the broker’s https:// address.\n',
    ],
    [
      'an invalid URL for keys',
      ['keys'],
      { WAXSEAL_URL: 'b.example' },
      'hint: WAXSEAL_URL must be the broker’s https:// address.\n',
    ],
    ['a URL with a query', ['get', 'a', '--url', 'https://b.example?x'], {}, 'hint: Correct the URL in --url.\n'],
    ['a malformed reference', ['get', 'waxseal://a?x=y'], {}, '(invalid_request)\n'],
    ['no name', ['get'], {}, "Missing required argument 'name' (usage)\nhint: See waxseal get --help.\n"],
    ['an invalid name', ['get', 'a//b'], {}, 'Not a valid secret name: "a//b". (usage)'],
    ['a reference with #', ['get', 'waxseal://a#b'], {}, 'NAME?field=FIELD, not with #'],
    [
      'an invalid time',
      ['get', 'a', '--timeout', 'soon'],
      {},
      'Not a valid --timeout: "soon". (usage)\nhint: Pass a number of seconds,',
    ],
    ['an unknown command', ['fetch', 'a'], {}, "Unknown command 'fetch' (usage)\nhint: See waxseal --help.\n"],
    ['an unknown option', ['get', 'a', '--feild', 'x'], {}, "Unknown option '--feild' (Did you mean --field?) (usage)"],
    ['help of nothing', ['help', 'gett'], {}, "Unknown command 'gett' (Did you mean get?) (usage)\n"],
    ['an unknown command with --help', ['fetch', '--help'], {}, "Unknown command 'fetch' (usage)"],
    ['an option before the command', ['--url', 'x', 'get', 'a'], {}, 'hint: --url goes after the command.\n'],
    ['a joined one', ['--timeout=5', 'get', 'a'], {}, 'hint: --timeout goes after the command.\n'],
    ['one behind a value', ['get', '--url', '--token', 'a', '--version'], {}, 'hint: --version prints waxseal’s own'],
  ])('%s: exit code 2, and what would be right', async (_name, args, env, text) => {
    const { exit, terminal, broker } = await run(args, undefined, { env });
    expect(exit).toBe(2);
    expect(terminal.stderr).toContain(text);
    expect(terminal.stdout).toBe('');
    expect(broker.requests).toHaveLength(0);
  });

  // KEY=$(waxseal get …) would take its answer for the secret.
  it.each([
    ['get', ['get', 'web/plain', '--version', '1']],
    ['get', ['get', 'web/plain', '--version=1']],
    ['get', ['get', '-V', 'web/plain']],
    ['can-i', ['can-i', 'web/plain', '--version', '1']],
  ])('%s has no --version: %j', async (_command, args) => {
    const { exit, terminal, broker } = await run(args);
    expect([exit, terminal.stdout, broker.requests.length]).toEqual([2, '', 0]);
    expect(terminal.stderr).toContain(
      'hint: --version prints waxseal’s own version and goes before the command. For a secret’s version use --secret-version.\n',
    );
  });

  it.each([
    [['list', '--version']],
    [['keys', '-V']],
    [['check', 'a.yaml', '--version']],
    [['apply', 'a.yaml', '--version']],
    [['dev', '--version']],
    [['dev', 'token', '--version']],
  ])('--version goes before the command: %j', async (args) => {
    const { exit, terminal } = await run(args);
    expect([exit, terminal.stdout]).toEqual([2, '']);
    expect(terminal.stderr).toContain('hint: --version prints waxseal’s own version and goes before the command.\n');
  });

  it.each([[['gte', 'db', '--version']], [['--odd', 'get', 'db', '--version', '1']]])(
    'a typo next to it is reported: %j',
    async (args) => {
      expect(await run(args)).toMatchObject({ exit: 2, terminal: { stdout: '' } });
    },
  );

  it('there is no option for a token, and a token passed as one is not shown again', async () => {
    const { exit, terminal } = await run(['get', 'a', `--token=${TOKEN}`]);
    expect(exit).toBe(2);
    expect(terminal.stderr).toContain("Unknown option '--token=…'");
    expect(terminal.stderr).not.toContain(TOKEN);
    for (const args of [
      ['get', 'a', '--token', TOKEN],
      ['--token', TOKEN, 'get', 'a'],
    ]) {
      const { exit, terminal } = await run(args);
      expect(exit).toBe(2);
      expect(terminal.stderr).not.toContain(TOKEN);
      expect(terminal.stderr).toContain(
        'hint: Never pass a token as an argument: other users of the machine can read arguments. Set WAXSEAL_TOKEN or pass --token-file.\n',
      );
    }
  });
});

describe('what was typed is quoted', () => {
  const seed = `SX${'A'.repeat(56)}`;
  it.each([
    ['a token for a name', ['get', `/${TOKEN}`]],
    ['a token for a URL', ['get', 'a', '--url', TOKEN]],
    ['a password in a URL', ['get', 'a', '--url', 'me:hunter2@b.example']],
    ['a password with a slash', ['get', 'a', '--url', 'https://me:hunter2/3@b.example']],
    ['a password with a #', ['get', 'a', '--url', 'https://me:hunter2#3@b.example']],
    ['a key in a URL', ['get', 'a', '--url', 'ftp://b.example?key=hunter2']],
    ['a seed for a URL', ['get', 'a', '--url', seed]],
    ['a seed that is cut where a long text is', ['get', `${'a '.repeat(30)}${seed}`]],
    ['a seed that lost its end', ['get', `a ${seed.slice(0, -3)}`]],
    ['a token for a catalog file', ['check', TOKEN]],
    ['a token for a command', [TOKEN]],
  ])('but not %s', async (_what, args) => {
    const { exit, terminal } = await run(args);
    expect(exit).toBe(2);
    expect(terminal.stderr).toContain('…');
    for (const hidden of [TOKEN.slice(0, 20), 'hunter2', seed.slice(0, 20)]) {
      expect(terminal.stderr).not.toContain(hidden);
    }
  });

  it('on one line that no terminal obeys', async () => {
    const { terminal } = await run(['get', 'a\n\u001b[2Jb']);
    expect(terminal.stderr).toContain('Not a valid secret name: "a\\u{a}\\u{1b}[2Jb". (usage)');
  });
});

describe('a file at fault is named in full', () => {
  it('but not a token that was given instead of its path', async () => {
    for (const [args, env] of [
      [['--token-file', TOKEN], {}],
      [['--token-file', TOKEN, '--json'], {}],
      [[], { WAXSEAL_TOKEN: '', WAXSEAL_TOKEN_FILE: TOKEN }],
    ] as const) {
      const { terminal } = await run(['get', 'a', ...args], undefined, { env });
      expect(terminal.stderr).toContain('The token file cannot be read.');
      expect(terminal.stderr).toContain(`${process.cwd()}/…`);
      expect(terminal.stderr).not.toContain(TOKEN.slice(0, 20));
    }
  });

  it('on one line that no terminal obeys', async () => {
    const { terminal } = await run(['check', '/none\n\u001b[2Jb']);
    expect(terminal.stderr).toContain('hint: /none\\u{a}\\u{1b}[2Jb does not exist.\n');
  });

  it('the token file, wherever its path comes from', async () => {
    const none = join(process.cwd(), 'none');
    for (const [args, env] of [
      [['--token-file', 'none'], {}],
      [[], { WAXSEAL_TOKEN: '', WAXSEAL_TOKEN_FILE: 'none' }],
    ] as const) {
      const { exit, terminal } = await run(['get', 'a', ...args], undefined, { env });
      expect(exit).toBe(1);
      expect(terminal.stderr).toContain(`The token file cannot be read. Check its path and permissions.`);
      expect(terminal.stderr).toContain(`\nhint: ${none} does not exist.\n`);
    }
  });

  it.each(['check', 'apply'])('the catalog file of %s', async (command) => {
    const { exit, terminal } = await run([command, 'none.yaml', ...(command === 'apply' ? ['--data', folder] : [])]);
    expect(exit).toBe(2);
    expect(terminal.stderr).toContain(
      `The catalog file cannot be read. (usage)\nhint: ${join(process.cwd(), 'none.yaml')} does not exist.\n`,
    );
  });

  it('the files and the folder of dev', async () => {
    const values = join(folder, 'values.json');
    const catalog = join(folder, 'faulty.yaml');
    await writeFile(values, '{');
    await writeFile(catalog, 'mapping: []');
    const dev = async (name: string, ...args: string[]) => {
      const { exit, terminal } = await run(['dev', '--port', '0', '--data', join(folder, name), ...args]);
      return [exit, terminal.stderr];
    };
    const ends = (text: string) => expect.stringContaining(`${text}\n`);
    expect(await dev('a', '--secrets', values)).toEqual([2, ends(`hint: Check ${values}.`)]);
    expect(await dev('b', '--secrets', `${values}x`)).toEqual([2, ends(`hint: ${values}x does not exist.`)]);
    expect(await dev('c', '--file', `${catalog}x`)).toEqual([2, ends(`hint: ${catalog}x does not exist.`)]);
    expect(await dev('d', '--file', catalog)).toEqual([2, ends(`hint: Check ${catalog}.`)]);
    await mkdir(join(folder, 'e', 'waxseal.db'), { recursive: true });
    expect(await dev('e')).toEqual([3, ends(`hint: ${join(folder, 'e', 'waxseal.db')} is a folder.`)]);
  });
});

describe('a flag wins over the environment', () => {
  it('for URL, pin, token and audience', async () => {
    const other = generateXkey();
    const broker = scriptedBroker([answer(STRIPE)], other);
    const file = join(folder, 'token');
    await writeFile(file, unsignedToken({ sub: 'from-the-file' }));
    const args = [
      'get',
      'payments/stripe',
      '--url',
      'https://c.example',
      '--broker-key',
      other.text,
      '--token-file',
      file,
    ];
    expect(await run(args, [], { fetch: broker.fetch })).toMatchObject({ exit: 0 });
    expect(broker.requests[0]).toMatchObject({ url: 'https://c.example/v1/get', brokerKey: other.text });
    expect(broker.requests[0]!.question.token).toBe(unsignedToken({ sub: 'from-the-file' }));
  });

  it('several pins are tried in order', async () => {
    const old = generateXkey().text;
    const broker = scriptedBroker([refuseInClear('unknown_broker_key', 400), answer(STRIPE)]);
    const env = { WAXSEAL_BROKER_KEY: `${old}, ${broker.xkey.text}` };
    expect(await run(['get', 'payments/stripe'], [], { fetch: broker.fetch, env })).toMatchObject({ exit: 0 });
    expect(broker.requests.map(({ brokerKey }) => brokerKey)).toEqual([old, broker.xkey.text]);
  });

  it('the audience is what a source that can bind asks for', async () => {
    const asked: string[] = [];
    const broker = scriptedBroker([answer(STRIPE)]);
    const env = {
      WAXSEAL_BROKER_KEY: broker.xkey.text,
      WAXSEAL_TOKEN: '',
      WAXSEAL_AUDIENCE: 'https://audience.example',
      ACTIONS_ID_TOKEN_REQUEST_URL: 'https://github.example/token',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x',
    };
    const fetcher: typeof fetch = async (url, init) => {
      if (!String(url).startsWith('https://github.example')) return broker.fetch(url, init);
      asked.push(new URL(String(url)).searchParams.get('audience')!);
      return Response.json({ value: TOKEN });
    };
    const { exit } = await run(['get', 'payments/stripe'], [], { fetch: fetcher, env });
    expect(exit).toBe(0);
    expect(asked).toEqual([`https://audience.example#${broker.requests[0]!.recipient}`]);
  });
});

describe('the other commands', () => {
  const listed = answer(
    {
      secrets: [
        { secret: 'a/b', version: 1 },
        { secret: 'a/c', version: 'current', fields: ['x', 'y'] },
      ],
    },
    'waxseal.list.v1',
  );

  it('list prints a line each, or an array', async () => {
    const { terminal, broker } = await run(['list', 'a/'], [listed]);
    expect(terminal.stdout).toBe('a/b\t1\na/c\tcurrent\tx,y\n');
    expect(broker.requests[0]!.question.prefix).toBe('a/');
    const { terminal: asJson } = await run(['list', '--json'], [listed]);
    expect(JSON.parse(asJson.stdout)).toEqual([
      { secret: 'a/b', version: 1 },
      { secret: 'a/c', version: 'current', fields: ['x', 'y'] },
    ]);
  });

  it('show controls and formats in names of fields and claims by their numbers', async () => {
    const fields = ['x\u009b2J', '\u202ey'];
    const odd = answer({ secrets: [{ secret: 'a/b', version: 1, fields }] }, 'waxseal.list.v1');
    expect((await run(['list'], [odd])).terminal.stdout).toBe('a/b\t1\tx\\u{9b}2J,\\u{202e}y\n');
    const { terminal: asJson } = await run(['list', '--json'], [odd]);
    expect(asJson.stdout).toBe('[{"secret":"a/b","version":1,"fields":["x\\u009b2J","\\u202ey"]}]\n');
    const missing = [{ kind: 'claim', claim: 'env\u202e' }];
    const denied = answer({ allowed: false, code: 'access_denied', missing }, 'waxseal.can-i.v1');
    expect((await run(['can-i', 'a/b'], [denied])).terminal.stdout).toBe(
      'denied (access_denied)\nmissing: claim env\\u{202e}\n',
    );
    const typed = await run(['list', '--x\u009b\u202e'], [odd]);
    expect(typed.exit).toBe(2);
    expect(typed.terminal.stderr).toContain("'--x\\u{9b}\\u{202e}'");
  });

  it('list says on a terminal that there is nothing, and prints nothing into a pipe', async () => {
    const nothing = answer({ secrets: [] }, 'waxseal.list.v1');
    const outputs = async (args: string[], outIsTty: boolean) => {
      const { exit, terminal } = await run(args, [nothing], { outIsTty });
      return [exit, terminal.stdout, terminal.stderr];
    };
    expect(await outputs(['list'], true)).toEqual([0, '', 'You may not read any secrets.\n']);
    expect(await outputs(['list', 'a/'], true)).toEqual([0, '', 'You may not read any secrets with this prefix.\n']);
    expect(await outputs(['list'], false)).toEqual([0, '', '']);
    expect(await outputs(['list', '--json'], true)).toEqual([0, '[]\n', '']);
  });

  it('can-i answers by text and exit code', async () => {
    const yes = await run(['can-i', 'a/b'], [answer({ allowed: true }, 'waxseal.can-i.v1')]);
    expect([yes.exit, yes.terminal.stdout]).toEqual([0, 'allowed\n']);
    const missing = [{ kind: 'claim', claim: 'environment' }, { kind: 'binding', binding: 'proof' }, { kind: 'time' }];
    const denied = answer({ allowed: false, code: 'access_denied', missing }, 'waxseal.can-i.v1');
    const no = await run(['can-i', 'a/b'], [denied]);
    expect(no.exit).toBe(1);
    expect(no.terminal.stdout).toBe(
      'denied (access_denied)\nmissing: claim environment\nmissing: binding proof\nmissing: time\n',
    );
    const asJson = await run(['can-i', 'a/b', '--json'], [denied]);
    expect(JSON.parse(asJson.terminal.stdout)).toEqual({ allowed: false, code: 'access_denied', missing });
    const unnamed = answer({ allowed: false, code: 'access_denied', missing: [] }, 'waxseal.can-i.v1');
    expect((await run(['can-i', 'payments/stripe'], [unnamed])).terminal.stdout).toBe(
      'denied (access_denied)\nno mapping matches your issuer and subject, or a deny decides\n',
    );
  });

  it('keys prints a hint and says that it is one', async () => {
    const [current, next] = [generateXkey().text, generateXkey().text];
    const asked: string[] = [];
    const shows = (body: object): typeof fetch => {
      return async (url) => {
        asked.push(String(url));
        return json(body);
      };
    };
    const { exit, terminal } = await run(['keys'], [], { fetch: shows({ current, next, previous: [current] }) });
    expect([exit, terminal.stdout]).toEqual([0, `current\t${current}\nnext\t${next}\nprevious\t${current}\n`]);
    expect(terminal.stderr).toContain('Pin only the keys in the deployment’s outputs');
    expect(asked).toEqual(['https://b.example/v1/keys']);
    const odd = await run(['keys'], [], { fetch: shows({ current: '\x1b[2J', next: null, previous: [] }) });
    expect([odd.exit, odd.terminal.stdout]).toEqual([3, '']);
    expect(odd.terminal.stderr).toContain('hint: Check the URL and the network, then try again.\n');
  });

  it('help names every command and the exit codes', async () => {
    const { exit, terminal } = await run(['--help']);
    expect(exit).toBe(0);
    for (const command of ['get', 'list', 'can-i', 'keys', 'check', 'apply', 'dev']) {
      expect(terminal.stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    }
    expect(terminal.stdout).toContain('Exit codes: 0 done, 1 refused');
    for (const args of [['--version'], ['-V'], ['--version', 'get', 'a']]) {
      expect(await run(args)).toMatchObject({
        exit: 0,
        terminal: { stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) },
      });
    }
    expect(terminal.stdout).toContain('-V, --version');
  });
});
