import { describe, expect, it } from 'vitest';
import { requestLine as lineOf } from '../../../lib/cli/dev/lines.ts';
import type { RequestLog } from '../../../lib/http/request-log.ts';

const AT = new Date(2026, 10, 22, 2, 3, 4);
const requestLine = (log: RequestLog, at: Date) => lineOf(log, at, (id) => `rule ${id}`);
const LOG: RequestLog = { request_id: 'r', operation: 'get', status: 200, ms: 7, subject: 'dev:you' };
const secret = { secret: 'demo/greeting', version: 'current', decision: 'allowed', mapping: 'm_1' } as const;

describe('the line of a request', () => {
  it('says who, what, how it was decided and how long it took', () => {
    expect(requestLine({ ...LOG, secrets: [{ ...secret, field: 'api_key' }] }, AT)).toBe(
      '02:03:04 get dev:you demo/greeting?field=api_key allowed by rule m_1 7 ms',
    );
    const { subject: _, ...nobody } = LOG;
    expect(requestLine({ ...nobody, status: 401, code: 'invalid_token', reason: 'No.' }, AT)).toBe(
      '02:03:04 get (not verified) 401 invalid_token: No. 7 ms',
    );
  });

  it('names shadow rules that would have decided otherwise', () => {
    expect(requestLine({ ...LOG, secrets: [{ ...secret, shadow: ['m_2', 'm_3'] }] }, AT)).toBe(
      '02:03:04 get dev:you demo/greeting allowed by rule m_1 (shadow rule m_2, rule m_3 would decide otherwise) 7 ms',
    );
  });

  it.each([
    ['a line of its own', 'x\n02:03:04 get root', 'x\\u{a}02:03:04 get root'],
    ['a carriage return', 'x\ry', 'x\\u{d}y'],
    ['an escape sequence', '\u001b[2J', '\\u{1b}[2J'],
    ['one of eight bits', '\u009b2J', '\\u{9b}2J'],
    ['another direction of writing', '\u202ey', '\\u{202e}y'],
    ['a line separator', '\u2028y', '\\u{2028}y'],
  ])('lets no caller write %s on the terminal', (_, text, shown) => {
    const line = requestLine({ ...LOG, subject: text, secrets: [{ ...secret, field: text }] }, AT);
    expect(line).toBe(`02:03:04 get ${shown} demo/greeting?field=${shown} allowed by rule m_1 7 ms`);
  });
});
