import { LRUCache } from 'lru-cache';
import { toBase64url } from '../../wire/bytes.ts';
import { decodePublicNkey } from '../../xkey/nkey.ts';
import { importVerificationKey, readPublicJwk, type VerificationKey } from './verification-key.ts';

const imported = new LRUCache<string, Promise<VerificationKey | undefined>>({ max: 256 });

/**
 * The key of a wasmCloud account, which is its name: an Ed25519 key as a public nkey (`A…`). Ask only for registered
 * issuers, since anybody can make an account.
 * @returns undefined where the text is no account, or a point of small order
 */
export function nkeyVerificationKey(account: string): Promise<VerificationKey | undefined> {
  const known = imported.get(account) ?? importAccount(account);
  imported.set(account, known);
  return known;
}

async function importAccount(account: string): Promise<VerificationKey | undefined> {
  const bytes = decodePublicNkey('A', account);
  if (bytes === undefined) return undefined;
  const jwk = await readPublicJwk({ kty: 'OKP', crv: 'Ed25519', x: toBase64url(bytes) });
  return jwk && importVerificationKey(jwk, 'Ed25519');
}
