import { copyFile, mkdir } from 'node:fs/promises';
import { runCli } from '../../../lib/cli/program.ts';
import type { Terminal } from '../../../lib/cli/terminal.ts';

/** As much of a shell as the documentation's commands need, in this process and in its working folder. */
export interface DocumentedShell {
  readonly env: Record<string, string>;
  /** Runs a line. @returns what it wrote, to either output */
  run(line: string): Promise<string>;
}

/** What a test does for a command that this shell does not know. Returns its output, or undefined to refuse the command. */
export type OtherCommand = (words: readonly string[]) => Promise<string | undefined>;

/** Starts one. The answer to every question is yes. */
export function documentedShell(other: OtherCommand): DocumentedShell {
  const env: Record<string, string> = {};

  async function waxseal(words: readonly string[]): Promise<string> {
    const written: Buffer[] = [];
    const write = (data: string | Uint8Array) => void written.push(Buffer.from(data as string));
    const terminal: Terminal = {
      env,
      outIsTty: false,
      errIsTty: false,
      inIsTty: true,
      out: write,
      err: write,
      ask: async () => true,
    };
    await runCli(words, terminal);
    return Buffer.concat(written).toString();
  }

  async function setVariables(words: string): Promise<string> {
    const [, name, inner] = /^([A-Z_]+)=\$\(waxseal (.*)\)$/.exec(words) ?? [];
    if (name !== undefined) env[name] = (await waxseal(wordsOf(inner!))).trim();
    else for (const word of wordsOf(words)) env[word.split('=')[0]!] ??= word.slice(word.indexOf('=') + 1);
    return '';
  }

  return {
    env,
    async run(line) {
      if (line.startsWith('export ')) return setVariables(line.slice('export '.length));
      const words = wordsOf(line);
      const written = await other(words);
      if (written !== undefined) return written;
      const [command, ...rest] = words;
      if (command === 'waxseal') return waxseal(rest);
      if (command === 'mkdir') await mkdir(rest[0]!);
      else if (command === 'cp') await copyFile(rest[0]!, rest[1]!);
      else throw new Error(`The documentation has a command that no test runs: ${line}`);
      return '';
    },
  };
}

/** Words of a line; quotes keep them together. */
function wordsOf(line: string): string[] {
  return Array.from(line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g), ([, one, other, bare]) => one ?? other ?? bare!);
}
