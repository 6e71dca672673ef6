import { setTimeout as delay } from 'node:timers/promises';
import { WaxsealError } from '../wire/errors.ts';
import { type PublicXkey, parsePublicXkey } from '../xkey/keys.ts';
import type { TokenSource } from './tokens/source.ts';

/** Time and randomness, so that tests can control them. */
export interface ClientRuntime {
  /** Milliseconds since the epoch. */
  now(): number;
  /** From 0 up to but not including 1; spreads retries. */
  random(): number;
  /** Resolves after that many milliseconds, or rejects when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/** What a {@link WaxsealClient} is made from. */
export interface WaxsealClientOptions {
  /** The broker's URL, from the deployment's outputs. */
  readonly url: string;
  /** The broker's public xkey (`X…`), from the deployment's outputs; several during a rotation, the newest first. */
  readonly brokerKeys: string | readonly string[];
  /** Where the workload's token comes from. */
  readonly token: TokenSource;
  /** The broker's audience (default: the URL). */
  readonly audience?: string;
  /** Time limit for a call with all its retries, in milliseconds (default: 10,000). */
  readonly timeoutMs?: number;
  /** How often a call is tried again after a transient failure: 0 to 2 (default: 2, which makes 3 attempts). */
  readonly retries?: number;
  /** Used instead of the global `fetch`. */
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
 * @throws WaxsealError `invalid_request` that says which option is wrong, also in its `setting`
 */
export function readOptions(options: WaxsealClientOptions): Settings {
  if (!holdsOnly(options, OPTIONS)) {
    throw new WaxsealError(
      'invalid_request',
      'The options are url, brokerKeys, token, audience, timeoutMs, retries, fetch and runtime, and no others.',
    );
  }
  const url = readUrl(options.url);
  const timeoutMs = options.timeoutMs ?? 10_000;
  if (!(timeoutMs > 0 && timeoutMs <= 2_147_483_647)) {
    throw new WaxsealError('invalid_request', 'timeoutMs must be a positive number of milliseconds.', {
      setting: 'timeoutMs',
    });
  }
  const retries = options.retries ?? 2;
  if (!Number.isInteger(retries) || retries < 0 || retries > 2) {
    throw new WaxsealError('invalid_request', 'retries must be 0, 1 or 2.', { setting: 'retries' });
  }
  if (typeof options.token !== 'function') {
    throw new WaxsealError(
      'invalid_request',
      'token must be a token source, such as githubActions() or fromEnvironment().',
      { setting: 'token' },
    );
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

/** Whether a value is an object that has no other members than these. */
export function holdsOnly(value: unknown, members: readonly string[]): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).every((name) => members.includes(name));
}

/** Accepts plain HTTP too: sealed requests do not rely on TLS, and embedded brokers have none. */
function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url === undefined ||
    !/^https?:$/.test(url.protocol) ||
    url.username !== '' ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    throw new WaxsealError(
      'invalid_request',
      'The url must be the broker’s https:// address, without credentials, query or fragment.',
      { setting: 'url' },
    );
  }
  return url.href.replace(/\/+$/, '');
}

function readPins(keys: string | readonly string[]): PublicXkey[] {
  const texts = typeof keys === 'string' ? [keys] : keys;
  if (!Array.isArray(texts) || texts.length === 0) {
    throw new WaxsealError(
      'invalid_request',
      'brokerKeys must hold the broker’s public xkey, from the deployment’s outputs.',
      { setting: 'brokerKeys' },
    );
  }
  try {
    return texts.map(parsePublicXkey);
  } catch (cause) {
    throw new WaxsealError(
      'invalid_request',
      'Not a valid broker key. It starts with X, has 56 characters, and is one of the deployment’s outputs.',
      { setting: 'brokerKeys', cause },
    );
  }
}
