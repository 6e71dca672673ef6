import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isKeySetUrl } from '../../entries/issuer.ts';
import { WaxsealError } from '../../wire/errors.ts';
import { type Json, parseStrictJson } from '../../wire/strict-json.ts';
import { isLoopbackAddress, isPublicAddress } from './public-address.ts';

/** Fetches a small JSON document. @throws WaxsealError `store_unavailable` for every failure */
export type FetchJson = (url: string) => Promise<Json>;

/** An address to which a name resolves. */
export interface Address {
  readonly address: string;
  readonly family: number;
}

/** How to fetch. */
export interface JsonFetcherOptions {
  /**
   * Allows addresses of this machine, and http there (default: false). For development and tests only: set by the code that
   * builds the broker, and nothing in the catalog can set it.
   */
  readonly allowLoopback?: boolean;
  /** Resolves a host name (default: the system's resolver). */
  readonly resolve?: (host: string) => Promise<readonly Address[]>;
  /** Milliseconds for the whole fetch (default: 2,000). */
  readonly timeout?: number;
}

const MAX_BYTES = 65_536;

/** A Kubernetes API server answers 406 unless its key set's own type is accepted, and common web firewalls require a user agent. */
const HEADERS = {
  accept: 'application/jwk-set+json, application/json;q=0.9, */*;q=0.1',
  'accept-encoding': 'identity',
  'user-agent': 'waxseal',
};

/**
 * Makes a fetcher for discovery documents and key sets, whose URLs come from issuers: https only, public addresses only, no
 * redirects, no compression, at most 64 KiB, at most 2 s. It connects to the very address that it checked, so a name that
 * resolves differently a moment later changes nothing.
 * @see RFC 8725 section 3.10; OpenID Connect Discovery 1.0 section 7.1
 */
export function createJsonFetcher(options: JsonFetcherOptions = {}): FetchJson {
  const { allowLoopback = false, timeout = 2_000 } = options;
  const resolve = options.resolve ?? systemLookup;

  return async (text) => {
    const url = permittedUrl(text, allowLoopback);
    const permitted = (address: string) =>
      (url.protocol === 'https:' && isPublicAddress(address)) || (allowLoopback && isLoopbackAddress(address));
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && !permitted(host)) throw notPublic();
    const bytes = await download(url, guardedLookup(resolve, permitted), AbortSignal.timeout(timeout));
    return parseStrictJson(bytes, { code: 'store_unavailable' });
  };
}

/** Loaded on first use: only issuers whose keys are fetched need it, and otherwise every cold start would pay for it. */
async function systemLookup(host: string): Promise<readonly Address[]> {
  const { lookup } = await import('node:dns/promises');
  return lookup(host, { all: true });
}

/** The same rule for a URL in the catalog, in a discovery document, and of such a document. */
function permittedUrl(text: string, allowHttp: boolean): URL {
  const url = isKeySetUrl(allowHttp ? text.replace(/^http:/, 'https:') : text) ? URL.parse(text) : null;
  if (url === null) {
    throw new WaxsealError(
      'store_unavailable',
      'The URL for an issuer’s keys must start with https:// and hold no user name, password or fragment.',
    );
  }
  return url;
}

function notPublic(): WaxsealError {
  return new WaxsealError('store_unavailable', 'The host that serves an issuer’s keys has no public address.');
}

/** A resolver that checks addresses before the socket gets them. One that is not permitted refuses all: it is an attack. */
function guardedLookup(
  resolve: (host: string) => Promise<readonly Address[]>,
  permitted: (address: string) => boolean,
): LookupFunction {
  return (host, options, done) => {
    resolve(host).then(
      (found) => {
        const [first] = found;
        if (first === undefined || !found.every(({ address }) => permitted(address))) done(notPublic(), '');
        else if (options.all) done(null, [...found]);
        else done(null, first.address, first.family);
      },
      (error: unknown) => done(error as Error, ''),
    );
  };
}

async function download(url: URL, lookup: LookupFunction, signal: AbortSignal): Promise<Uint8Array> {
  try {
    const response = await answer(url, lookup, signal);
    try {
      return await readBody(response);
    } finally {
      response.destroy();
    }
  } catch (cause) {
    if (cause instanceof WaxsealError) throw cause;
    throw new WaxsealError('store_unavailable', 'The host that serves an issuer’s keys does not answer.', { cause });
  }
}

async function answer(url: URL, lookup: LookupFunction, signal: AbortSignal): Promise<IncomingMessage> {
  // node:http loads Node's fetch with it: a tenth of a cold start, for what only development needs.
  const send = url.protocol === 'https:' ? httpsRequest : (await import('node:http')).request;
  return new Promise((resolve, reject) => {
    // No agent: it could reuse a connection to an address that this fetch did not check.
    const request = send(url, { agent: false, headers: HEADERS, lookup, signal, rejectUnauthorized: true }, resolve);
    request.on('error', reject);
    request.end();
  });
}

async function readBody(response: IncomingMessage): Promise<Uint8Array> {
  const { statusCode, headers } = response;
  if (statusCode !== 200)
    throw new WaxsealError(
      'store_unavailable',
      'The host that serves an issuer’s keys does not answer with status 200.',
    );
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw new WaxsealError('store_unavailable', 'An issuer’s key document is compressed, which is not supported.');
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_BYTES)
      throw new WaxsealError('store_unavailable', 'An issuer’s key document is larger than 64 KiB.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
