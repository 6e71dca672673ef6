import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { WaxsealError } from '../../wire/errors.ts';
import { type Json, parseStrictJson } from '../../wire/strict-json.ts';
import { isLoopbackAddress, isPublicAddress } from './public-address.ts';

/** Fetches a small JSON document. @throws WaxsealError `store_unavailable`, whatever went wrong */
export type FetchJson = (url: string) => Promise<Json>;

/** An address that a name resolves to. */
export interface Address {
  readonly address: string;
  readonly family: number;
}

/** How to fetch. */
export interface JsonFetcherOptions {
  /**
   * Lets addresses of this machine in, there also without TLS: for development and tests only. Decided by who builds the
   * broker; nothing in the catalog can set it.
   */
  readonly allowLoopback?: boolean;
  /** Resolves a host's name; the system's resolver unless told. */
  readonly resolve?: (host: string) => Promise<readonly Address[]>;
  /** Milliseconds for the whole fetch; 2,000 unless told. */
  readonly timeout?: number;
}

const MAX_BYTES = 65_536;

/**
 * Makes a fetcher for discovery documents and key sets, whose URLs come from issuers: https only, public addresses only (the
 * address that was checked is the one that is connected to, so a name cannot change its mind in between), no redirect, no
 * compression, at most 64 KiB, at most 2 s.
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

/** Loaded when first asked: only issuers whose keys are fetched need it, and each cold start would pay for it. */
async function systemLookup(host: string): Promise<readonly Address[]> {
  const { lookup } = await import('node:dns/promises');
  return lookup(host, { all: true });
}

function permittedUrl(text: string, allowHttp: boolean): URL {
  const url = URL.parse(text);
  const secure = url?.protocol === 'https:' || (allowHttp && url?.protocol === 'http:');
  if (url === null || !secure || url.username !== '' || url.password !== '') {
    throw new WaxsealError('store_unavailable', 'The URL of the keys is not an https URL.');
  }
  return url;
}

function notPublic(): WaxsealError {
  return new WaxsealError('store_unavailable', 'The host of the keys does not have a public address.');
}

/** A resolver that gives the socket checked addresses. One address that is not permitted spoils them all: it is an attempt. */
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
    throw new WaxsealError('store_unavailable', 'The host of the keys does not answer.', { cause });
  }
}

async function answer(url: URL, lookup: LookupFunction, signal: AbortSignal): Promise<IncomingMessage> {
  // node:http pulls in Node's fetch with it, a tenth of a cold start, for what only development needs.
  const send = url.protocol === 'https:' ? httpsRequest : (await import('node:http')).request;
  const headers = { accept: 'application/json', 'accept-encoding': 'identity' };
  return new Promise((resolve, reject) => {
    // No agent: a kept connection would be one to an address that this fetch did not check.
    const request = send(url, { agent: false, headers, lookup, signal, rejectUnauthorized: true }, resolve);
    request.on('error', reject);
    request.end();
  });
}

async function readBody(response: IncomingMessage): Promise<Uint8Array> {
  const { statusCode, headers } = response;
  if (statusCode !== 200) throw new WaxsealError('store_unavailable', 'The host of the keys answers with an error.');
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw new WaxsealError('store_unavailable', 'The document with the keys is compressed.');
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new WaxsealError('store_unavailable', 'The document with the keys is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
