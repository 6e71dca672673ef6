import { randomBytes } from 'node:crypto';
import { cachedReader } from '../../lib/stores/value-cache.ts';
import { toBase64url } from '../../lib/wire/bytes.ts';
import { startBroker, type TestBroker } from '../kit/broker.ts';
import { forgettingLedger } from './memory-parts.ts';

/** A broker in this process with a hundred secrets, `bench/secret-0` and on, its values cached. */
export async function benchBroker(): Promise<TestBroker> {
  const values = Object.fromEntries(
    Array.from({ length: 100 }, (_, n) => [`bench/secret-${n}`, toBase64url(randomBytes(48))]),
  );
  return startBroker({
    mappings: [{ secret: 'bench/*', subject: 'repo:acme/*', claims: { environment: 'production' } }],
    values,
    wrapStore: (store) => cachedReader(store, 'local', { now: () => Date.now() }),
    wrapLedger: () => forgettingLedger,
    foundation: { onRequest: () => {} },
  });
}

/** Posts a request and waits for its answer. */
export async function post({ app }: TestBroker, path: string, token: string, body: string): Promise<void> {
  const headers = {
    'content-type': 'application/json',
    'content-length': String(body.length),
    authorization: `Bearer ${token}`,
  };
  const response = await app.request(path, { method: 'POST', headers, body });
  await response.text();
  if (response.status !== 200) throw new Error(`the broker answered ${response.status}`);
}
