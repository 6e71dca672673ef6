import type { Terminal } from '../../lib/cli/terminal.ts';

/** A terminal that records what is written to it. */
export interface RecordedTerminal extends Terminal {
  /** Standard output, as a string. */
  readonly stdout: string;
  readonly stdoutBytes: Buffer;
  readonly stderr: string;
  /** The questions asked, in order. */
  readonly questions: readonly string[];
}

/** What a test sets about the terminal. By default nothing is a TTY, and the environment is empty. */
export interface TerminalChoices
  extends Partial<Pick<Terminal, 'env' | 'outIsTty' | 'errIsTty' | 'inIsTty' | 'fetch'>> {
  /** The answer to every question. */
  readonly agrees?: boolean;
}

/** Makes one. */
export function recordedTerminal({ agrees = false, ...choices }: TerminalChoices = {}): RecordedTerminal {
  const out: Buffer[] = [];
  const err: string[] = [];
  const questions: string[] = [];
  return {
    env: {},
    outIsTty: false,
    errIsTty: false,
    inIsTty: false,
    ...choices,
    out: (data) => void out.push(Buffer.from(data as string)),
    err: (text) => void err.push(text),
    async ask(question) {
      questions.push(question);
      return agrees;
    },
    get stdout() {
      return Buffer.concat(out).toString();
    },
    get stdoutBytes() {
      return Buffer.concat(out);
    },
    get stderr() {
      return err.join('');
    },
    questions,
  };
}
