import { CommanderError } from 'commander';
import { WaxsealError } from '../wire/errors.ts';
import { ADVICE, EXIT } from './exit.ts';
import type { Terminal } from './terminal.ts';

/** Something wrong with how the command was typed: exit code 2, and what would be right. */
export function usageError(message: string, hint?: string): CommanderError {
  const error = new CommanderError(EXIT.usage, 'usage', message);
  return hint === undefined ? error : withHint(error, hint);
}

/** The same error, with a next step in place of the general one for its code. */
export function withHint<E extends Error>(error: E, hint: string): E {
  return Object.assign(error, { hint });
}

/**
 * Tells on standard error what went wrong and what to do next, as text or (with `--json`) as one line of JSON.
 * @param help the command that shows how this one is used
 * @returns the exit code
 */
export function reportError(error: unknown, terminal: Terminal, json: boolean, help: string): number {
  // Help and version are "errors" to commander, already printed.
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
  if (error instanceof CommanderError && error.code === 'commander.help') return EXIT.usage;
  const report = toReport(error, help);
  if (json) {
    const { code, message, pointer, requestId, hint } = report;
    terminal.err(`${JSON.stringify({ error: { code, message, pointer, request_id: requestId, hint } })}\n`);
  } else {
    const at = report.pointer === undefined ? '' : ` at ${report.pointer}`;
    const request = report.requestId === undefined ? '' : `, request ${report.requestId}`;
    terminal.err(`${red('waxseal:', terminal)} ${report.message} (${report.code}${at}${request})\n`);
    if (report.hint !== undefined) terminal.err(`hint: ${report.hint}\n`);
  }
  return report.exit;
}

interface Report {
  readonly code: string;
  readonly message: string;
  readonly pointer?: string | undefined;
  readonly requestId: string | undefined;
  readonly hint: string | undefined;
  readonly exit: number;
}

function toReport(error: unknown, help: string): Report {
  if (error instanceof CommanderError) {
    const hint = hintOf(error) ?? `See ${help}.`;
    // An option that there is not may carry what should not be on a command line at all, such as a token.
    const message = error.message.replace(/^error: /, '').replace(/(--?[\w-]+)=[^']*/g, '$1=…');
    return { code: 'usage', message, requestId: undefined, hint, exit: EXIT.usage };
  }
  if (!(error instanceof WaxsealError)) return unexpected(error);
  const { code, message, pointer, requestId } = error;
  const { exit, hint } = ADVICE[code];
  return { code, message, pointer, requestId, hint: hintOf(error) ?? hint, exit };
}

function hintOf(error: Error): string | undefined {
  return 'hint' in error && typeof error.hint === 'string' ? error.hint : undefined;
}

/** A fault of this program. Its text may quote anything, so only its kind is shown. */
function unexpected(error: unknown): Report {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const kind = /^[A-Z][A-Z0-9_]{0,60}$/.test(code) ? code : error instanceof Error ? error.name : typeof error;
  return {
    code: 'internal_error',
    message: `This command failed in a way that it should not: ${kind}.`,
    requestId: undefined,
    hint: 'Please report it, with what "waxseal --version" and "node --version" print.',
    exit: EXIT.refused,
  };
}

function red(text: string, terminal: Terminal): string {
  return terminal.errIsTty && !terminal.env.NO_COLOR ? `\x1b[31m${text}\x1b[39m` : text;
}
