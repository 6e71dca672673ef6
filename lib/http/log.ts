import { pino } from 'pino/browser.js';
import type { RequestLog } from './request-log.ts';

/** The broker's log: one JSON line for each request, and one for each fault outside a request. */
export interface Log {
  request(entry: RequestLog): void;
  /** Something that an operator must see, as a fixed text. */
  fault(text: string): void;
}

/**
 * Writes JSON lines immediately: a function that is frozen after its answer must not hold lines back.
 *
 * This is pino's build for browsers, which is only its core. The build for Node adds streams, worker threads and transports,
 * which this log does not need and every cold start would pay for.
 *
 * @param write receives each line (default: standard output)
 */
export function createLog(level: string, write: (line: string) => void = toStandardOutput): Log {
  const logger = pino({
    level,
    timestamp: pino.stdTimeFunctions.isoTime,
    browser: {
      formatters: { level: (label) => ({ level: label }) },
      write: (line) => write(`${JSON.stringify(line)}\n`),
    },
  });
  return {
    request: (entry) => logger[levelOf(entry)]({ type: 'request', ...entry }),
    fault: (text) => logger.error({ type: 'fault' }, text),
  };
}

/** Synchronous if standard output is a file, a pipe or a socket. */
function toStandardOutput(line: string): void {
  process.stdout.write(line);
}

/** Refusals that may be attacks are warnings: the stack's alarm counts these lines, so they must be logged at most levels. */
function levelOf({ status }: RequestLog): 'error' | 'warn' | 'info' {
  if (status >= 500) return 'error';
  return status === 401 || status === 403 ? 'warn' : 'info';
}
