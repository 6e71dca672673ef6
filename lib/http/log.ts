import { type DestinationStream, pino } from 'pino';
import type { RequestLog } from './request-log.ts';

/** The broker's log: one JSON line for each request, and one for each fault outside of requests. */
export interface Log {
  request(entry: RequestLog): void;
  /** Something that an operator must see. `text` is fixed; details are names and numbers, never a value or token. */
  fault(text: string, details?: Record<string, unknown>): void;
}

/**
 * Writes JSON lines, at once: a function that is frozen after its answer must not keep lines back.
 * @param destination standard output unless told
 */
export function createLog(level: string, destination: DestinationStream = pino.destination({ sync: true })): Log {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return {
    request: (entry) => logger[levelOf(entry)]({ type: 'request', ...entry }),
    fault: (text, details = {}) => logger.error({ type: 'fault', ...details }, text),
  };
}

/** Refusals that may be attacks stand above the rest: the stack's alarm on them counts lines, so that few levels hide them. */
function levelOf({ status }: RequestLog): 'error' | 'warn' | 'info' {
  if (status >= 500) return 'error';
  return status === 401 || status === 403 ? 'warn' : 'info';
}
