import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import type { JsonObject } from '../wire/strict-json.ts';
import { parseKeyFile, readKeyFile, writeKeyFile } from './data-folder.ts';

/** The development issuer's name: under a reserved top-level domain (RFC 6761), so it can never be a real one. */
export const DEV_ISSUER = 'https://issuer.waxseal.test';
/** The audience of its tokens. */
export const DEV_AUDIENCE = 'waxseal-dev';
/** Subject of the demonstration token. */
export const DEV_SUBJECT = 'dev:you';

const ALG = 'ES256';

/** Signs tokens for development. Its private key is in the data folder, and only a broker that runs from there trusts it. */
export interface DevIssuer {
  readonly publicJwk: JWK;
  /** Mints a token. `seconds` is its lifetime (default: 3600). */
  mint(subject: string, claims?: Record<string, unknown>, seconds?: number): Promise<string>;
}

/** Reads the development issuer's key from a file, or makes one there (mode 0600). */
export async function devIssuer(file: string): Promise<DevIssuer> {
  const text = (await readKeyFile(file)) ?? (await makeKey(file));
  const { jwk, key } = await parseKeyFile(file, async () => {
    const parsed = JSON.parse(text) as JWK;
    return { jwk: parsed, key: await importJWK(parsed, ALG) };
  });
  const { d: _, ...publicJwk } = jwk;
  return {
    publicJwk,
    mint: (subject, claims = {}, seconds = 3600) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: ALG, typ: 'JWT', kid: jwk.kid as string })
        .setIssuer(DEV_ISSUER)
        .setAudience(DEV_AUDIENCE)
        .setSubject(subject)
        .setJti(crypto.randomUUID())
        .setIssuedAt()
        .setExpirationTime(`${seconds}s`)
        .sign(key),
  };
}

async function makeKey(file: string): Promise<string> {
  const { privateKey } = await generateKeyPair(ALG, { extractable: true });
  const text = JSON.stringify({ ...(await exportJWK(privateKey)), alg: ALG, kid: crypto.randomUUID() });
  await writeKeyFile(file, text);
  return text;
}

/** The entry of the development issuer, as it would be written in catalog.yaml. */
export function devIssuerEntry({ publicJwk }: DevIssuer): JsonObject {
  const jwks = { keys: [publicJwk as JsonObject] };
  return { issuer: DEV_ISSUER, audience: DEV_AUDIENCE, algorithms: [ALG], jwks };
}
