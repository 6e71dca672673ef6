import { pino } from 'pino/browser.js';
import type { RequestLog } from './request-log.ts';

/** The broker's log: one JSON line for each request, and one for each fault outside of requests. */
export interface Log {
  request(entry: RequestLog): void;
  /** Something that an operator must see, in a fixed text. */
  fault(text: string): void;
}

/**
 * Writes JSON lines, at once: a function that is frozen after its answer must not keep lines back.
 *
 * This is pino's build for browsers, which is its core alone. Its build for Node brings streams, worker threads and transports,
 * which this log has no use for and each cold start would pay for.
 *
 * @param write gets each line; standard output unless told
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

/** Synchronous where standard output is a file, a pipe or a socket. */
function toStandardOutput(line: string): void {
  process.stdout.write(line);
}

/** Refusals that may be attacks stand above the rest: the stack's alarm on them counts lines, so that few levels hide them. */
function levelOf({ status }: RequestLog): 'error' | 'warn' | 'info' {
  if (status >= 500) return 'error';
  return status === 401 || status === 403 ? 'warn' : 'info';
}
