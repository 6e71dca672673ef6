import type { Journal } from '../admission/request.ts';
import type { AuditedSecret } from '../audit/ledger.ts';
import { WaxsealError } from '../wire/errors.ts';

/** All that is ever logged of a request: a closed list, so that a value, a token or a claim has no way in. */
export interface RequestLog {
  readonly request_id: string;
  /** `unknown` where the path is none of ours. */
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
  /** Secrets of a batch that were allowed and yet not released. */
  readonly undelivered?: readonly UndeliveredLog[];
  /** What went wrong underneath, outermost first. */
  readonly causes?: readonly Cause[];
}

/** Why one secret of a batch was not released: its code, fixed text and causes. */
export type UndeliveredLog = Pick<RequestLog, 'code' | 'reason' | 'causes'> & { readonly secret: string };

/** An error underneath, without its message: a message may quote what it failed on. */
export interface Cause {
  readonly name: string;
  readonly code?: string;
  /** The fixed text, where the error is one of ours. */
  readonly text?: string;
  readonly upstream_status?: number;
  readonly upstream_request_id?: string;
  /** Where it was thrown: file and line only. */
  readonly at?: readonly string[];
}

/** The caller's part of the line, as far as the request got. */
export function callerLog({ caller, secrets, undelivered = [] }: Journal): Partial<RequestLog> {
  return {
    ...(caller === undefined ? {} : { issuer: caller.issuer.issuer, subject: caller.subject }),
    ...(caller?.tokenId === undefined ? {} : { token_id: caller.tokenId }),
    ...(secrets === undefined ? {} : { secrets }),
    ...(undelivered.length === 0
      ? {}
      : { undelivered: undelivered.map(({ secret, refusal }) => ({ secret, ...refusalLog(refusal) })) }),
  };
}

/** The refusal's part of the line. */
export function refusalLog(error: WaxsealError): Partial<RequestLog> {
  const causes = causesOf(error).map(describe);
  return {
    code: error.code,
    reason: error.message,
    ...(error.pointer === undefined ? {} : { pointer: error.pointer }),
    ...(causes.length === 0 ? {} : { causes }),
  };
}

/** At most five: an error may be its own cause, at whatever remove. */
function causesOf({ cause }: WaxsealError): unknown[] {
  const found: unknown[] = [];
  for (let at = cause; at !== undefined && at !== null && found.length < 5; at = (at as { cause?: unknown }).cause)
    found.push(at);
  return found;
}

function describe(error: unknown): Cause {
  if (!(error instanceof Error)) return { name: typeof error };
  const { code, $metadata, stack } = error as Error & {
    code?: unknown;
    $metadata?: { httpStatusCode?: number; requestId?: string };
  };
  return {
    name: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    ...(error instanceof WaxsealError ? { text: error.message } : {}),
    ...($metadata?.httpStatusCode === undefined ? {} : { upstream_status: $metadata.httpStatusCode }),
    ...($metadata?.requestId === undefined ? {} : { upstream_request_id: $metadata.requestId }),
    at: places(stack ?? '', error.message),
  };
}

const FRAME = /^\s+at .*?([^\s()]+:\d+:\d+)\)?$/gm;

/** A message of several lines can look like a stack, so what stands before its end is not looked at. */
function places(stack: string, message: string): string[] {
  const start = stack.indexOf(message);
  const frames = start === -1 ? '' : stack.slice(start + message.length);
  return Array.from(frames.matchAll(FRAME), ([, place]) => place!).slice(0, 4);
}
