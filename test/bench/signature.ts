import type { webcrypto } from 'node:crypto';
import { compactVerify, importJWK } from 'jose';
import { isSignedBy } from '../../lib/token/jws.ts';
import { importVerificationKey, readPublicJwk } from '../../lib/token/keys/verification-key.ts';
import { generateXkey } from '../../lib/xkey/keys.ts';
import { benchBroker, post } from './bench-broker.ts';
import { compare } from './cpu.ts';
import type { Row } from './report.ts';
import { mintTokens } from './tokens.ts';

const IN_FLIGHT = 16;

/**
 * What one ES256 signature costs with node:crypto on this thread, and with WebCrypto on another: the reason why lib/token/jws.ts
 * does the former. Each is verified before a whole get with a known token, whose own cost is then subtracted.
 */
export async function benchSignature(): Promise<Row[]> {
  const rounds = 15;
  const times = 400;
  const broker = await benchBroker();
  const [known] = await mintTokens(broker, 1);
  const tokens = await mintTokens(broker, times);
  const parts = tokens.map((token) => {
    const end = token.lastIndexOf('.');
    return { input: Buffer.from(token.slice(0, end)), signature: Buffer.from(token.slice(end + 1), 'base64url') };
  });
  const ours = (await importVerificationKey((await readPublicJwk(broker.issuer.jwk))!, 'ES256'))!;
  const theirs = (await importJWK(broker.issuer.jwk, 'ES256')) as webcrypto.CryptoKey;
  const body = JSON.stringify({ recipient: generateXkey().text, secret: 'bench/secret-0' });
  const get = () => post(broker, '/v1/get', known!, body);
  const getIf = (good: boolean) => (good ? get() : Promise.reject(new Error('a good signature was refused')));

  const found = await compare(
    [
      { name: 'get', task: get },
      { name: 'node:crypto', task: (index) => getIf(isSignedBy(tokens[index % times]!, ours)) },
      {
        name: 'WebCrypto',
        async task(index) {
          const { input, signature } = parts[index % times]!;
          return getIf(await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, theirs, signature, input));
        },
      },
      { name: 'jose', task: async (index) => getIf(!!(await compactVerify(tokens[index % times]!, theirs))) },
    ],
    { rounds, times, inFlight: IN_FLIGHT },
  );
  broker.close();
  const alone = (name: string) => found.microseconds(name) - found.microseconds('get');
  return ['WebCrypto', 'jose'].map((name) => ({
    what: `get that verifies by ${name === 'jose' ? 'jose, which uses WebCrypto' : name}`,
    figure: found.ratio(name, 'node:crypto'),
    unit: '× by node:crypto',
    note: `the signature alone ${alone(name).toFixed(0)} µs of CPU against ${alone('node:crypto').toFixed(0)} µs`,
  }));
}
