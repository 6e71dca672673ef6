import { generateKeyPairSync, type webcrypto } from 'node:crypto';
import { compactVerify, importJWK } from 'jose';
import { isSignedBy } from '../../lib/token/signature.ts';
import { importVerificationKey, readPublicJwk } from '../../lib/token/verification-key.ts';
import { createTestIssuer, TEST_NOW } from '../kit/test-issuer.ts';
import { compare } from './cpu.ts';
import type { Row } from './report.ts';
import { mintTokens } from './tokens.ts';

const IN_FLIGHT = 16;

/** One ES256 signature verified on this thread, and by another one of WebCrypto's: why lib/token/signature.ts does the former. */
export async function benchSignature(): Promise<Row[]> {
  const rounds = 15;
  const times = 400;
  const issuer = await createTestIssuer();
  const tokens = await mintTokens({ issuer, clock: { now: TEST_NOW * 1000 } }, times);
  const parts = tokens.map((token) => {
    const end = token.lastIndexOf('.');
    return { input: Buffer.from(token.slice(0, end)), signature: Buffer.from(token.slice(end + 1), 'base64url') };
  });
  const ours = (await importVerificationKey((await readPublicJwk(issuer.jwk))!, 'ES256'))!;
  const theirs = (await importJWK(issuer.jwk, 'ES256')) as webcrypto.CryptoKey;
  const must = (good: boolean) => {
    if (!good) throw new Error('a good signature was refused');
  };
  // What a get does beside: it keeps this thread busy, as the hand-over to another thread finds it.
  const beside = () => generateKeyPairSync('x25519');

  const found = await compare(
    [
      { name: 'beside', task: async () => beside() },
      { name: 'node:crypto', task: async (index) => [must(isSignedBy(tokens[index % times]!, ours)), beside()] },
      {
        name: 'WebCrypto',
        async task(index) {
          const { input, signature } = parts[index % times]!;
          must(await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, theirs, signature, input));
          beside();
        },
      },
      { name: 'jose', task: async (index) => [await compactVerify(tokens[index % times]!, theirs), beside()] },
    ],
    { rounds, times, inFlight: IN_FLIGHT },
  );
  const alone = (name: string) => found.microseconds(name) - found.microseconds('beside');
  const own = alone('node:crypto');
  return ['WebCrypto', 'jose'].map((name) => ({
    what: `one ES256 signature by ${name === 'jose' ? 'jose, which uses WebCrypto' : name}`,
    figure: alone(name) / own,
    unit: '× by node:crypto',
    note: `${alone(name).toFixed(0)} µs of CPU against ${own.toFixed(0)} µs`,
  }));
}
