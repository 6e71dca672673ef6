import { createInterface } from 'node:readline/promises';

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
  // `waxseal list | head` ends the pipe early, which is no fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return {
    env: { ...process.env },
    outIsTty: process.stdout.isTTY === true,
    errIsTty: process.stderr.isTTY === true,
    inIsTty: process.stdin.isTTY === true,
    out: (data) => void process.stdout.write(data),
    err: (text) => void process.stderr.write(text),
    ask: askOnTerminal,
  };
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
