import { describe, expect, it } from 'vitest';
import { createLog } from '../../../lib/http/log.ts';

/** The lines that are written at that level, as level and status. */
function written(level: string): (readonly [level: string, status: number])[] {
  const lines: string[] = [];
  const log = createLog(level, (line) => void lines.push(line));
  for (const status of [200, 400, 401, 403, 404, 500, 503])
    log.request({ request_id: 'r', operation: 'get', status, ms: 1 });
  return lines.map((line) => {
    const entry = JSON.parse(line) as { level: string; status: number };
    return [entry.level, entry.status] as const;
  });
}

const REFUSED = [
  ['warn', 401],
  ['warn', 403],
  ['error', 500],
  ['error', 503],
];

describe('the log', () => {
  it('has a line for each request', () => {
    expect(written('info').map(([, status]) => status)).toEqual([200, 400, 401, 403, 404, 500, 503]);
  });

  it('has refused callers at `warn` too: the alarm on bursts of refusals counts these lines', () => {
    expect(written('warn')).toEqual(REFUSED);
  });

  it('has only our own failures at `error`', () => {
    expect(written('error')).toEqual(REFUSED.slice(2));
  });
});
