import { fstatSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { EXIT } from './exit.ts';

/** Where the command reads and writes, so that tests can take the place of a process. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly outIsTty: boolean;
  readonly errIsTty: boolean;
  readonly inIsTty: boolean;
  out(data: string | Uint8Array): void;
  err(text: string): void;
  /** Asks a yes-or-no question. The end of the input means no. */
  ask(question: string): Promise<boolean>;
  /** Used instead of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
}

/** Whatever a terminal might obey, or show as another line or in another order: controls, formats, line and paragraph separators. */
const OBEYED = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** Shows by its number whatever is more than a visible character or a space. */
export function printable(text: string): string {
  return text.replace(OBEYED, (sign) => `\\u{${sign.codePointAt(0)!.toString(16)}}`);
}

/**
 * A whole line for the terminal, as {@link printable}. Whatever comes from a file, a table or a broker is printed by this or by
 * {@link jsonLine}: a subject, the name of a file or a member's name may hold any character.
 */
export function printedLine(text: string): string {
  return `${printable(text)}\n`;
}

/**
 * A value as one line of JSON. It is escaped further than JSON demands, which any reader of JSON undoes: JSON itself leaves
 * U+009B and U+202E as they are.
 */
export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value).replace(OBEYED, escapedInJson)}\n`;
}

function escapedInJson(sign: string): string {
  return sign
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

/** The terminal of this process. Its environment is a copy, so nothing that a command changes in it leaks into the process. */
export function processTerminal(): Terminal {
  process.stdout.on('error', endWithout);
  // There is nowhere left to report it.
  process.stderr.on('error', () => undefined);
  const isFile = fstatSync(process.stdout.fd).isFile();
  return {
    env: { ...process.env },
    outIsTty: process.stdout.isTTY === true,
    errIsTty: process.stderr.isTTY === true,
    inIsTty: process.stdin.isTTY === true,
    out: (data) =>
      isFile ? writeWhole(process.stdout.fd, Buffer.from(data as string)) : void process.stdout.write(data),
    err: (text) => void process.stderr.write(text),
    ask: askOnTerminal,
  };
}

/** A disk that fills up takes only a part, which Node's own stream ignores: half a secret would end with exit code 0. */
function writeWhole(file: number, bytes: Uint8Array): void {
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
  } catch (error) {
    endWithout(error as NodeJS.ErrnoException);
  }
}

function endWithout({ code }: NodeJS.ErrnoException): void {
  // `waxseal list | head` closes the pipe early, which is not an error.
  if (code === 'EPIPE') return;
  process.stderr.write(`waxseal: Cannot write to standard output: ${code ?? 'unknown error'}.\n`);
  process.exit(EXIT.refused);
}

async function askOnTerminal(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  try {
    return /^y(es)?$/i.test((await Promise.race([lines.question(`${question} [y/N] `), ended])).trim());
  } finally {
    lines.close();
  }
}
