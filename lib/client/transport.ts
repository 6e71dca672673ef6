import { createHash } from 'node:crypto';
import { WaxsealError } from '../wire/errors.ts';

/** An answer as it came, with nothing in it believed yet. */
export interface RawAnswer {
  readonly status: number;
  readonly body: Uint8Array;
  /** Seconds, from `Retry-After` if it is a number. */
  readonly retryAfter: number | undefined;
}

/** More than a broker's largest answer: 3 MiB of payload, sealed and in base64url. */
const MAX_ANSWER_BYTES = 6 * 1024 * 1024;

/**
 * Posts JSON and reads the answer whole. A redirect is not followed.
 * @throws WaxsealError `store_unavailable` if no answer comes, or one that is too long
 */
export async function post(fetcher: typeof fetch, url: string, body: string, signal: AbortSignal): Promise<RawAnswer> {
  try {
    const response = await fetcher(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, application/problem+json',
        // A Function URL behind CloudFront's origin access control accepts no body without it; others ignore it.
        'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
      },
      body,
      redirect: 'manual',
      signal,
    });
    const seconds = response.headers.get('retry-after') ?? '';
    return {
      status: response.status,
      body: await readAll(response),
      retryAfter: /^[0-9]{1,5}$/.test(seconds) ? Number(seconds) : undefined,
    };
  } catch (cause) {
    throw new WaxsealError('store_unavailable', 'The broker cannot be reached.', { cause });
  }
}

async function readAll(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw new Error('The answer is too long.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
