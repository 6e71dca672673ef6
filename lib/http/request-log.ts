import type { Journal } from '../admission/request.ts';
import type { AuditedSecret } from '../audit/ledger.ts';
import type { BareCause } from '../aws/cause.ts';
import { compact } from '../wire/compact.ts';
import { WaxsealError } from '../wire/errors.ts';

/** All that is ever logged of a request: a closed list, so that a value, a token or a claim has no way in. */
export interface RequestLog {
  readonly request_id: string;
  /** The operation, or `keys`, `health`, `openapi` or `errors`; `unknown` if the path is not one of ours. */
  readonly operation: string;
  readonly status: number;
  readonly ms: number;
  readonly code?: string;
  /** The refusal's fixed text. */
  readonly reason?: string;
  readonly pointer?: string;
  readonly issuer?: string;
  readonly subject?: string;
  readonly token_id?: string;
  readonly recipient?: string;
  readonly sealed?: boolean;
  readonly secrets?: readonly AuditedSecret[];
  /** Secrets of a batch that were allowed but not released. */
  readonly undelivered?: readonly UndeliveredLog[];
  /** The errors underneath, outermost first. */
  readonly causes?: readonly Cause[];
}

/** Why one secret of a batch was not released: its code, fixed text and causes. */
export type UndeliveredLog = Pick<RequestLog, 'code' | 'reason' | 'causes'> & { readonly secret: string };

/** An error underneath, without its message: a message may quote what it failed on. */
export interface Cause {
  readonly name: string;
  readonly code?: string;
  /** The fixed text, if the error is one of ours. */
  readonly text?: string;
  /** The HTTP status of AWS's answer. */
  readonly upstream_status?: number;
  /** AWS's id of the request. */
  readonly upstream_request_id?: string;
  /** Where it was thrown: file and line only. */
  readonly at?: readonly string[];
}

/** The caller's part of the line, as far as the request got. */
export function callerLog({ caller, secrets, undelivered = [] }: Journal): Partial<RequestLog> {
  const refusals = undelivered.map(({ secret, refusal }) => ({ secret, ...refusalLog(refusal) }));
  return compact({
    issuer: caller?.issuer.issuer,
    subject: caller?.subject,
    token_id: caller?.tokenId,
    secrets,
    undelivered: refusals.length === 0 ? undefined : refusals,
  });
}

/** The refusal's part of the line. */
export function refusalLog(error: WaxsealError): Partial<RequestLog> {
  const causes = causesOf(error).map(describe);
  return compact({
    code: error.code,
    reason: error.message,
    pointer: error.pointer,
    causes: causes.length === 0 ? undefined : causes,
  });
}

/** At most five: an error may be its own cause, directly or through others. */
function causesOf({ cause }: WaxsealError): unknown[] {
  const found: unknown[] = [];
  for (let at = cause; at !== undefined && at !== null && found.length < 5; at = (at as { cause?: unknown }).cause)
    found.push(at);
  return found;
}

function describe(error: unknown): Cause {
  if (!(error instanceof Error)) return { name: typeof error };
  const at = places(error.stack ?? '', error.message);
  if (error instanceof WaxsealError) return { name: error.name, code: error.code, text: error.message, at };
  const { name, code, status, awsRequestId } = error as { [M in keyof BareCause]: unknown } & Error;
  return compact({
    name,
    code: typeof code === 'string' ? code : undefined,
    upstream_status: typeof status === 'number' ? status : undefined,
    upstream_request_id: typeof awsRequestId === 'string' ? awsRequestId : undefined,
    at,
  });
}

const FRAME = /^\s+at .*?([^\s()]+:\d+:\d+)\)?$/gm;

/** A message of several lines can look like a stack, so only what follows the message is searched. */
function places(stack: string, message: string): string[] {
  const start = stack.indexOf(message);
  const frames = start === -1 ? '' : stack.slice(start + message.length);
  return Array.from(frames.matchAll(FRAME), ([, place]) => place!).slice(0, 4);
}
