import { fstatSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { EXIT } from './exit.ts';

/** Where the command reads and writes, so that tests can stand in for a process. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly outIsTty: boolean;
  readonly errIsTty: boolean;
  readonly inIsTty: boolean;
  out(data: string | Uint8Array): void;
  err(text: string): void;
  /** Asks a question that is answered with yes or no; no where the input ends. */
  ask(question: string): Promise<boolean>;
  /** In place of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
}

/** The terminal of this process. Its environment is a copy: what the command line adds does not leak into the process. */
export function processTerminal(): Terminal {
  process.stdout.on('error', endWithout);
  // Nothing is left to tell it to.
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

/** A disk that fills up takes a part, which Node's own stream passes over: half a secret would end with exit code 0. */
function writeWhole(file: number, bytes: Uint8Array): void {
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
  } catch (error) {
    endWithout(error as NodeJS.ErrnoException);
  }
}

function endWithout({ code }: NodeJS.ErrnoException): void {
  // `waxseal list | head` ends the pipe early, which is no fault.
  if (code === 'EPIPE') return;
  process.stderr.write(`waxseal: Standard output cannot be written to: ${code ?? 'unknown'}.\n`);
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
