import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import * as waxseal from 'waxseal';
import { ADVICE } from '../../../lib/cli/exit.ts';
import { runCli } from '../../../lib/cli/program.ts';
import { recordedTerminal } from '../../kit/recorded-terminal.ts';

const text = await readFile(new URL('../../../docs/workloads.md', import.meta.url), 'utf8');

describe('docs/workloads.md', () => {
  it('has every error code with its exit code, once', () => {
    const rows = text.split('\n').flatMap((line) => {
      const row = /^\| ((?:`[a-z_]+`(?:, )?)+) \| (\d) \|/.exec(line);
      return row === null ? [] : [...row[1]!.matchAll(/[a-z_]+/g)].map(([code]) => [code, Number(row[2])]);
    });
    const known = Object.entries(ADVICE).map(([code, { exit }]) => [code, exit]);
    expect(rows.sort()).toEqual(known.sort());
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
