import type { Context } from 'hono';
import { WaxsealError } from '../wire/errors.ts';

/** Longest body that is accepted, in bytes. */
export const MAX_BODY_BYTES = 256 * 1024;

/**
 * Reads a JSON body, and checks its bounds before and while it reads.
 * @throws WaxsealError `invalid_request` for another content type, for any content encoding (a small body must not grow), or
 *   if the body breaks off; `too_large` above 256 KiB
 */
export async function readBody({ req }: Context): Promise<Uint8Array> {
  const encoding = req.header('content-encoding');
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new WaxsealError('invalid_request', 'The body must not be compressed.');
  }
  if (!/^application\/json(?:\s*;\s*charset=utf-8)?$/i.test(req.header('content-type') ?? '')) {
    throw new WaxsealError('invalid_request', 'The content type must be application/json.');
  }
  const announced = Number(req.header('content-length') ?? Number.NaN);
  if (announced > MAX_BODY_BYTES) throw new WaxsealError('too_large');
  try {
    // The server holds a body to its announced length, and reading it whole is much cheaper than chunk by chunk.
    const whole = announced >= 0 ? new Uint8Array(await req.raw.arrayBuffer()) : await readChunks(req.raw.body);
    if (whole.byteLength > MAX_BODY_BYTES) throw new WaxsealError('too_large');
    return whole;
  } catch (cause) {
    if (cause instanceof WaxsealError) throw cause;
    throw new WaxsealError('invalid_request', 'The body could not be read completely.', { cause });
  }
}

async function readChunks(body: ReadableStream<Uint8Array> | null): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.byteLength;
    if (length > MAX_BODY_BYTES) throw new WaxsealError('too_large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}
