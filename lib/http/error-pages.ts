import { ADVICE } from '../wire/advice.ts';
import { type ErrorCode, REFUSALS } from '../wire/errors.ts';

/** The page that a problem's `type` points at: plain text. */
export function errorPage(code: ErrorCode): string {
  const { status, text } = REFUSALS[code];
  return `${code} (HTTP ${status})\n\n${text}\n\n${ADVICE[code].general}\n`;
}
