/** Asks a broker for a secret, once with each token, on connections that stay open. Answers with the seconds it took. */
import { Agent, request } from 'node:http';
import { generateXkey } from '../../lib/xkey/keys.ts';

/** What the client should do. */
export interface Load {
  readonly url: string;
  readonly tokens: readonly string[];
  readonly inFlight: number;
}

const agent = new Agent({ keepAlive: true });
const body = JSON.stringify({ recipient: generateXkey().text, secret: 'bench/secret' });

function get(url: string, token: string): Promise<void> {
  const headers = {
    'content-type': 'application/json',
    'content-length': body.length,
    authorization: `Bearer ${token}`,
  };
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/v1/get`, { method: 'POST', agent, headers }, (response) => {
      response.resume().on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`the broker answered ${response.statusCode}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

process.on('message', async ({ url, tokens, inFlight }: Load) => {
  let next = 0;
  const worker = async () => {
    while (next < tokens.length) await get(url, tokens[next++]!);
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: inFlight }, worker));
  process.send!({ seconds: (performance.now() - started) / 1000 });
});
