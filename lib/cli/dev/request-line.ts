import type { RequestLog } from '../../http/request-log.ts';

/** What a terminal may obey, or show as another line or in another order: controls, formats, line and paragraph ends. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/**
 * The local broker's line for one request: time, caller, secret, decision, the rule that decided, shadow rules that would have
 * decided otherwise, milliseconds. Subjects and fields are texts of the caller's, so whatever would not print is shown by its
 * number.
 * @param rule what a rule is called, by its id
 */
export function requestLine(log: RequestLog, at: Date, rule: (id: string) => string): string {
  const time = at.toTimeString().slice(0, 8);
  const who = log.subject ?? '(nobody verified)';
  const what = (log.secrets ?? []).map(({ secret, field, decision, mapping, shadow = [] }) => {
    const name = field === undefined ? secret : `${secret}?field=${field}`;
    const why = mapping === undefined ? ', no mapping fits' : ` by ${rule(mapping)}`;
    const otherwise = shadow.length === 0 ? '' : ` (otherwise by shadow ${shadow.map(rule).join(', ')})`;
    return `${name} ${decision}${why}${otherwise}`;
  });
  const refusal = log.code === undefined ? '' : ` ${log.status} ${log.code}: ${log.reason}`;
  const line = `${time} ${log.operation} ${who} ${what.join('; ')}${refusal} ${log.ms} ms`;
  return line.replaceAll(UNPRINTABLE, (one) => `\\u{${one.codePointAt(0)!.toString(16)}}`).replaceAll(/ {2,}/g, ' ');
}
