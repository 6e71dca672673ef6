import { setTimeout as delay } from 'node:timers/promises';
import { WaxsealError } from '../wire/errors.ts';
import { type PublicXkey, parsePublicXkey } from '../xkey/keys.ts';
import type { TokenSource } from './tokens/source.ts';

/** Time and chance, so that tests can hold them still. */
export interface ClientRuntime {
  /** Milliseconds since the epoch. */
  now(): number;
  /** From 0 up to but not including 1; spreads retries. */
  random(): number;
  /** Resolves after so many milliseconds, or rejects when the signal ends. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/** What a {@link WaxsealClient} is made from. */
export interface WaxsealClientOptions {
  /** The broker's URL, from the deployment's outputs. */
  readonly url: string;
  /** The broker's public xkey (`X…`), from the deployment's outputs; several while it is being rotated, the newest first. */
  readonly brokerKeys: string | readonly string[];
  /** Where the workload's token comes from. */
  readonly token: TokenSource;
  /** The broker's audience; the URL unless told. */
  readonly audience?: string;
  /** Time for a call with all its retries, in milliseconds; 10,000 unless told. */
  readonly timeoutMs?: number;
  /** How often a transient failure is tried again; 2 unless told, which makes 3 attempts. */
  readonly retries?: number;
  /** In place of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
  /** For tests. */
  readonly runtime?: ClientRuntime;
}

/** The options, checked and filled in. */
export interface Settings {
  readonly url: string;
  readonly pins: readonly PublicXkey[];
  readonly token: TokenSource;
  readonly audience: string;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly fetch: typeof globalThis.fetch;
  readonly runtime: ClientRuntime;
}

const OPTIONS = ['url', 'brokerKeys', 'token', 'audience', 'timeoutMs', 'retries', 'fetch', 'runtime'];

const SYSTEM: ClientRuntime = {
  now: () => Date.now(),
  random: () => Math.random(),
  wait: (ms, signal) => delay(ms, undefined, { signal }),
};

/**
 * Checks the options before the first request.
 * @throws WaxsealError `invalid_request` that says which option is wrong
 */
export function readOptions(options: WaxsealClientOptions): Settings {
  if (!holdsOnly(options, OPTIONS)) {
    throw new WaxsealError(
      'invalid_request',
      'The options are url, brokerKeys, token, audience, timeoutMs, retries, fetch and runtime, and no more.',
    );
  }
  const url = readUrl(options.url);
  const timeoutMs = options.timeoutMs ?? 10_000;
  if (!(timeoutMs > 0 && timeoutMs <= 2_147_483_647)) {
    throw new WaxsealError('invalid_request', 'timeoutMs is a positive number of milliseconds.');
  }
  const retries = options.retries ?? 2;
  if (!Number.isInteger(retries) || retries < 0 || retries > 2) {
    throw new WaxsealError('invalid_request', 'retries is 0, 1 or 2.');
  }
  if (typeof options.token !== 'function') {
    throw new WaxsealError('invalid_request', 'token is a token source, such as githubActions() or fromEnvironment().');
  }
  return {
    url,
    pins: readPins(options.brokerKeys),
    token: options.token,
    audience: options.audience ?? url,
    timeoutMs,
    retries,
    fetch: options.fetch ?? globalThis.fetch,
    runtime: options.runtime ?? SYSTEM,
  };
}

/** Tells whether a value is an object without members but these. */
export function holdsOnly(value: unknown, members: readonly string[]): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).every((name) => members.includes(name));
}

/** Plain HTTP is accepted: sealed requests do not rely on TLS, and local brokers have none. */
function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url === undefined ||
    !/^https?:$/.test(url.protocol) ||
    url.username !== '' ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    throw new WaxsealError('invalid_request', 'url is the broker’s https:// address, without credentials, ? and #.');
  }
  return url.href.replace(/\/+$/, '');
}

function readPins(keys: string | readonly string[]): PublicXkey[] {
  const texts = typeof keys === 'string' ? [keys] : keys;
  if (!Array.isArray(texts) || texts.length === 0) {
    throw new WaxsealError(
      'invalid_request',
      'brokerKeys holds the broker’s public xkey, from the deployment’s outputs.',
    );
  }
  try {
    return texts.map(parsePublicXkey);
  } catch (cause) {
    throw new WaxsealError(
      'invalid_request',
      'A broker key is no public xkey: X and 55 more characters, from the deployment’s outputs.',
      { cause },
    );
  }
}
