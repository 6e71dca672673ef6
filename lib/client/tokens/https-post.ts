import { request } from 'node:https';
import { WaxsealError } from '../../wire/errors.ts';

/** One POST of JSON to an API server whose certificate a private authority signed. */
export interface Post {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** The authority's certificate as PEM, the only one trusted for this call. */
  readonly ca: string;
  readonly bearer: string;
  readonly body: unknown;
  readonly signal: AbortSignal;
}

const MAX_ANSWER = 65_536;

/**
 * Sends the POST with node:https, since the global `fetch` cannot be given a certificate authority.
 * @throws WaxsealError `store_unavailable` if there is no answer, or one of more than 64 KiB
 */
export function postJson(post: Post): Promise<{ status: number; body: Uint8Array }> {
  const body = JSON.stringify(post.body);
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) =>
      reject(new WaxsealError('store_unavailable', 'The Kubernetes API server cannot be reached.', { cause }));
    const call = request(
      {
        host: post.host,
        port: post.port,
        path: post.path,
        method: 'POST',
        ca: post.ca,
        agent: false,
        signal: post.signal,
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${post.bearer}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        let length = 0;
        answer.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > MAX_ANSWER) call.destroy(new Error('The answer is too long.'));
          else chunks.push(chunk);
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks) }));
        answer.on('error', fail);
      },
    );
    call.on('error', fail);
    call.end(body);
  });
}
