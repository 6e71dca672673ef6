import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import * as waxseal from 'waxseal';
import { REFUSAL_EXIT } from '../../../lib/cli/exit.ts';
import { runCli } from '../../../lib/cli/program.ts';
import { commandAdvice } from '../../../lib/wire/advice.ts';
import { ERROR_CODES } from '../../../lib/wire/errors.ts';
import { recordedTerminal } from '../../kit/recorded-terminal.ts';
import { rows, section, ticked } from '../docs/page.ts';

const text = await readFile(new URL('../../../docs/workloads.md', import.meta.url), 'utf8');

describe('docs/workloads.md', () => {
  it('has every error code, once, with its exit code and the advice that the command prints', () => {
    const table = rows(section(text, 'Errors')).map(([code, exit, advice]) => [ticked(code!)[0], Number(exit), advice]);
    expect(table).toEqual(ERROR_CODES.map((code) => [code, REFUSAL_EXIT[code], commandAdvice(code)]));
  });

  it('names every token source that the package has', () => {
    const sources = [
      'awsWebIdentity',
      'detectTokenSource',
      'fromEnvironment',
      'fromFile',
      'githubActions',
      'gitlab',
      'kubernetesFile',
      'kubernetesTokenRequest',
    ];
    for (const source of sources) {
      expect(waxseal).toHaveProperty(source);
      expect(text).toContain(`\`${source}(`);
    }
  });

  it('names every command', async () => {
    const terminal = recordedTerminal();
    await runCli(['--help'], terminal);
    const commands = [...terminal.stdout.matchAll(/^ {2}([a-z][a-z-]*) .*$/gm)].map(([, name]) => name);
    expect(commands.length).toBeGreaterThan(6);
    for (const command of commands.filter((name) => name !== 'help')) expect(text).toContain(`| \`waxseal ${command}`);
  });
});
