import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../lib/cli/program.ts';
import { jsonLine, printedLine } from '../../../lib/cli/terminal.ts';
import { recordedTerminal } from '../../kit/recorded-terminal.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waxseal-'));
});
afterAll(() => rm(folder, { recursive: true }));

const SIGNS = [
  ['NUL', '\u0000', '\\u{0}'],
  ['a bell', '\u0007', '\\u{7}'],
  ['a tab', '\t', '\\u{9}'],
  ['a line feed', '\n', '\\u{a}'],
  ['a carriage return', '\r', '\\u{d}'],
  ['ESC', '\u001b', '\\u{1b}'],
  ['DEL', '\u007f', '\\u{7f}'],
  ['NEL', '\u0085', '\\u{85}'],
  ['CSI of eight bits', '\u009b', '\\u{9b}'],
  ['OSC of eight bits', '\u009d', '\\u{9d}'],
  ['a soft hyphen', '\u00ad', '\\u{ad}'],
  ['an Arabic letter mark', '\u061c', '\\u{61c}'],
  ['a zero-width space', '\u200b', '\\u{200b}'],
  ['a right-to-left mark', '\u200f', '\\u{200f}'],
  ['a line separator', '\u2028', '\\u{2028}'],
  ['a paragraph separator', '\u2029', '\\u{2029}'],
  ['a right-to-left override', '\u202e', '\\u{202e}'],
  ['an isolate', '\u2066', '\\u{2066}'],
  ['a byte order mark', '\ufeff', '\\u{feff}'],
  ['a private character', '\ue000', '\\u{e000}'],
  ['a tag', '\u{e0041}', '\\u{e0041}'],
] as const;

describe('a line for the terminal', () => {
  it.each(SIGNS)('shows %s by its number, in JSON as JSON does', (_, sign, shown) => {
    expect(printedLine(`a${sign}b`)).toBe(`a${shown}b\n`);
    const line = jsonLine({ [sign]: sign });
    expect(line).toMatch(/^[ -~]+\n$/);
    expect(JSON.parse(line)).toEqual({ [sign]: sign });
  });

  it('leaves letters, marks and symbols of every script', () => {
    const text = 'Zürich, München; 東京 ไทย 🔑 e\u0301 “ok”';
    expect([printedLine(text), jsonLine(text)]).toEqual([`${text}\n`, `"${text}"\n`]);
  });
});

/** A DEL, an eight-bit escape sequence that erases the screen, an override and a line separator; as they are shown. */
const RAW = '\u007f\u009b2J\u202e\u2028';
const SHOWN = '\\u{7f}\\u{9b}2J\\u{202e}\\u{2028}';

const ISSUERS = 'issuers: [{ issuer: "https://i.example", audience: b }]';
const STORE = 'stores: [{ name: s, kind: embedded, default: true }]';
const mapping = (more: string) => `${ISSUERS}\nmappings: [{ secret: a, issuer: "https://i.example", ${more} }]`;

async function run(command: string, text: string, name: string, ...options: string[]) {
  const file = join(folder, name);
  await writeFile(file, text);
  const terminal = recordedTerminal();
  const exit = await runCli([command, file, ...options], terminal);
  const printed = `${terminal.stderr}${terminal.stdout}`.replaceAll(`${folder}/`, '');
  return { exit, lines: printed.split('\n'), terminal };
}

describe('control characters of a catalog file', () => {
  const GRAMMAR = '(letters, digits and . _ - : @ in segments joined by /, at most 256 characters)';
  it.each([
    [
      'a value',
      `secrets: [{ secret: "a${RAW}", ref: r, store: s }]\n${STORE}`,
      `c.yaml:1:21 secrets[0].secret: expected a secret name ${GRAMMAR}, found "a${SHOWN}"`,
    ],
    [
      'a member',
      `"x${RAW}": 1`,
      `c.yaml:1:1 ["x${SHOWN}"]: expected one of issuers, stores, secrets, mappings, found "x${SHOWN}"`,
    ],
    [
      'a claim',
      mapping(`subject: x, claims: { "x${RAW}": [] }`),
      `c.yaml:2:87 mappings[0].claims["x${SHOWN}"]: expected a string, a number, true or false, or a list of these, found an empty list`,
    ],
    [
      'a suggestion',
      `stores: [{ name: "s${RAW}", kind: embedded }]\nsecrets: [{ secret: a, ref: r, store: "s${RAW}x" }]`,
      `c.yaml:2:39 secrets[0].store: expected one of the file's stores, found "s${SHOWN}x" (did you mean "s${SHOWN}"?)`,
    ],
    ['an alias', `issuers: [*x${RAW}]`, `c.yaml:1:11 expected quotes around a value that begins with *: "*x${SHOWN}"`],
  ])('are shown by their numbers in a fault of %s', async (_, text, expected) => {
    for (const command of [['check'], ['apply', '--data', folder]]) {
      const { exit, lines } = await run(command[0]!, text, 'c.yaml', ...command.slice(1));
      expect([exit, lines]).toEqual([1, expect.arrayContaining([expected])]);
    }
    const { terminal } = await run('check', text, 'c.yaml', '--json');
    expect(terminal.stdout).toMatch(/^[ -~…]+\n$/);
    expect(JSON.parse(terminal.stdout).faults.length).toBeGreaterThan(0);
    const dev = recordedTerminal();
    const file = join(folder, 'c.yaml');
    expect(await runCli(['dev', '--port', '0', '--file', file, '--data', join(folder, 'dev')], dev)).toBe(2);
    expect(dev.stdout.replaceAll(`${folder}/`, '').split('\n')).toContain(expected);
  });

  it('are shown by their numbers in a warning and in the name of the file', async () => {
    const text = mapping(`subject: x, expires_at: 2020-01-01T00:00:00Z, claims: { "c${RAW}": 1 }`);
    const { exit, lines } = await run('check', text, `w${RAW}.yaml`, '--ids');
    expect([exit, lines]).toEqual([
      0,
      [
        expect.stringMatching(/^warning: w\\u\{7f\}\\u\{9b\}2J\\u\{202e\}\\u\{2028\}\.yaml:2:12 mappings\[0\]\./),
        expect.stringMatching(/^warning: w\\u/),
        `w${SHOWN}.yaml: no faults; issuers: 1, stores: 0, secrets: 0, mappings: 1`,
        expect.stringMatching(/^w\\u\{7f\}\\u\{9b\}2J\\u\{202e\}\\u\{2028\}\.yaml:2:12 m_/),
        '',
      ],
    ]);
  });

  it('are shown by their numbers in a plan, and in why it cannot be applied', async () => {
    const data = join(folder, 'data');
    await mkdir(data);
    // Entries hold no controls, only formats.
    const subject = 'subject: "x\u202e\\u2066y"';
    const shown = 'x\\u{202e}\\u{2066}y';
    const good = await run('apply', mapping(subject), `p${RAW}.yaml`, '--data', data, '--dry-run');
    expect([good.exit, good.lines]).toEqual([
      0,
      expect.arrayContaining([`+ mapping allow a to https://i.example ${shown} (p${SHOWN}.yaml:2)`]),
    ]);
    const claims = Array.from({ length: 300 }, (_, at) => `    claims: { c: "${at}${'x'.repeat(100)}" }`);
    const rules = claims.map((claim) => `  - secret: a\n    issuer: "https://i.example"\n    ${subject}\n${claim}`);
    const full = await run('apply', `${ISSUERS}\nmappings:\n${rules.join('\n')}`, 'f.yaml', '--data', data, '--yes');
    expect([full.exit, full.lines[300]]).toEqual([
      1,
      expect.stringContaining(`The 300 mappings of https://i.example for the subject ${shown} on a take `),
    ]);
    for (const { terminal } of [good, full])
      expect(terminal.stdout + terminal.stderr).not.toMatch(/[^\P{C}\n]|\p{Zl}/u);
  });
});
