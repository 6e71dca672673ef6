import { CommanderError } from 'commander';
import { commandAdvice } from '../wire/advice.ts';
import { WaxsealError } from '../wire/errors.ts';
import { EXIT, REFUSAL_EXIT } from './exit.ts';
import { jsonLine, printable, printedLine, type Terminal } from './terminal.ts';

/** An error in how the command was used or set up: exit code 2, with what would be right. */
export function usageError(message: string, hint?: string): CommanderError {
  const error = new CommanderError(EXIT.usage, 'usage', message);
  return hint === undefined ? error : withHint(error, hint);
}

/** The same error, with this next step instead of the general one for its code. */
export function withHint<E extends Error>(error: E, hint: string): E {
  return Object.assign(error, { hint });
}

/** The next step that {@link withHint} gave an error. */
export function hintOf(error: Error): string | undefined {
  return 'hint' in error && typeof error.hint === 'string' ? error.hint : undefined;
}

/** What the user typed or set, for a message: in quotes, shortened, and as {@link shown}. */
export function quoted(text: string): string {
  const hidden = withoutTokens(text); // before it is cut, since half a seed is hardly a secret any more
  return `"${printable(hidden.length > 100 ? `${hidden.slice(0, 99)}…` : hidden)}"`;
}

/** What the user typed or set, for a message: on one line, and without anything that may be a token or a seed. */
export function shown(text: string): string {
  return printable(withoutTokens(text));
}

/** Hides JWTs and seeds, even cut ones: what is pasted into the wrong place must not end up in a log. */
function withoutTokens(text: string): string {
  return text.replace(/eyJ[\w.-]+|S[A-Z2-7]{39,}/g, '…');
}

/**
 * Writes to standard error what went wrong and what to do next, as text or (with `--json`) as one line of JSON.
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
    terminal.err(jsonLine({ error: { code, message, pointer, request_id: requestId, hint } }));
  } else {
    const at = report.pointer === undefined ? '' : ` at ${report.pointer}`;
    const request = report.requestId === undefined ? '' : `, request ${report.requestId}`;
    terminal.err(`${red('waxseal:', terminal)} ${printedLine(`${report.message} (${report.code}${at}${request})`)}`);
    terminal.err(printedLine(`hint: ${report.hint}`));
  }
  return report.exit;
}

interface Report {
  readonly code: string;
  readonly message: string;
  readonly pointer?: string | undefined;
  readonly requestId?: string | undefined;
  readonly hint: string;
  readonly exit: number;
}

function toReport(error: unknown, help: string): Report {
  if (error instanceof CommanderError) {
    const hint = hintOf(error) ?? `See ${help}.`;
    return { code: 'usage', message: usageMessage(error), hint, exit: EXIT.usage };
  }
  if (!(error instanceof WaxsealError)) return unexpected(error);
  const { code, message, pointer, requestId } = error;
  return { code, message, pointer, requestId, hint: hintOf(error) ?? commandAdvice(code), exit: REFUSAL_EXIT[code] };
}

/** An option may carry what should never be on a command line, so commander's own texts lose every option's value. */
function usageMessage({ code, message }: CommanderError): string {
  if (code === 'usage') return message;
  const text = withoutTokens(message.replace(/^error: /, '').replace(/(--?[\w-]+)=[^']*/g, '$1=…')).replaceAll(
    '\n',
    ' ',
  );
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A fault of this program. Its text may quote anything, so only its kind is shown. */
function unexpected(error: unknown): Report {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const kind = /^[A-Z][A-Z0-9_]{0,60}$/.test(code) ? code : error instanceof Error ? error.name : typeof error;
  return {
    code: 'internal_error',
    message: `The command failed unexpectedly: ${kind}.`,
    hint: 'Please report this, with the output of "waxseal --version" and "node --version".',
    exit: EXIT.refused,
  };
}

function red(text: string, terminal: Terminal): string {
  return terminal.errIsTty && !terminal.env.NO_COLOR ? `\x1b[31m${text}\x1b[39m` : text;
}
