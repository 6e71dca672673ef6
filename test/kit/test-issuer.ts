import { hash } from 'node:crypto';
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  type GenerateKeyPairOptions,
  generateKeyPair,
  type JSONWebKeySet,
  type JWK,
} from 'jose';
import type { Algorithm, TrustedIssuer } from '../../lib/entries/issuer.ts';
import { toBase64url } from '../../lib/wire/bytes.ts';
import { encodePublicNkey } from '../../lib/xkey/nkey.ts';

/** The clock of tests, in seconds: 2026-11-22T02:00:00Z. */
export const TEST_NOW = 1_795_312_800;
/** The broker's audience in test tokens. */
export const TEST_AUDIENCE = 'https://secrets.example.com';

type Claims = Readonly<Record<string, unknown>>;

/** The holder of a key can sign anything, malformed tokens included. */
export interface TestSigner {
  readonly algorithm: Algorithm;
  readonly kid: string;
  /** The public key, with `kid`, `alg` and `use`. */
  readonly jwk: JWK;
  readonly thumbprint: string;
  readonly privateKey: CryptoKey;
  /** Signs header and payload. A string is used unchanged, so it need not be JSON. */
  sign(header: Claims | string, payload: Claims | string): Promise<string>;
}

/** An issuer of tokens inside the test. */
export interface TestIssuer extends TestSigner {
  readonly issuer: string;
  readonly jwks: JSONWebKeySet;
  /** A token that is valid for an hour. These claims and header members replace the usual ones; undefined removes one. */
  token(claims?: Claims, header?: Claims): Promise<string>;
  /** The catalog's entry that trusts this issuer, with its keys in it. */
  entry(changes?: Partial<TrustedIssuer>): TrustedIssuer;
}

const ECDSA = (namedCurve: string, digest: string) => ({ name: 'ECDSA', namedCurve, hash: digest });
const PSS = (digest: string, saltLength: number) => ({ name: 'RSA-PSS', hash: digest, saltLength });
const SIGNING: Readonly<Record<Algorithm, { name: string; hash?: string; saltLength?: number }>> = {
  RS256: { name: 'RSASSA-PKCS1-v1_5' },
  RS384: { name: 'RSASSA-PKCS1-v1_5' },
  RS512: { name: 'RSASSA-PKCS1-v1_5' },
  PS256: PSS('SHA-256', 32),
  PS384: PSS('SHA-384', 48),
  PS512: PSS('SHA-512', 64),
  ES256: ECDSA('P-256', 'SHA-256'),
  ES384: ECDSA('P-384', 'SHA-384'),
  ES512: ECDSA('P-521', 'SHA-512'),
  EdDSA: { name: 'Ed25519' },
  Ed25519: { name: 'Ed25519' },
};

/** Makes a key pair for that algorithm. */
export async function createTestSigner(
  algorithm: Algorithm = 'ES256',
  kid = 'test-key',
  options: GenerateKeyPairOptions = {},
): Promise<TestSigner> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true, ...options });
  const bare = await exportJWK(publicKey);
  return {
    algorithm,
    kid,
    jwk: { ...bare, kid, alg: algorithm, use: 'sig' },
    thumbprint: await calculateJwkThumbprint(bare),
    privateKey,
    async sign(header, payload) {
      const input = `${encodePart(header)}.${encodePart(payload)}`;
      const signature = await crypto.subtle.sign(SIGNING[algorithm], privateKey, Buffer.from(input));
      return `${input}.${toBase64url(new Uint8Array(signature))}`;
    },
  };
}

/** One part of a JWS: JSON, or a string unchanged, in base64url. */
export function encodePart(part: Claims | string): string {
  return toBase64url(Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)));
}

/** Makes an OIDC issuer. */
export async function createTestIssuer(
  options: { issuer?: string; algorithm?: Algorithm; kid?: string; audience?: string } = {},
): Promise<TestIssuer> {
  const { issuer = 'https://issuer.example.com', algorithm = 'ES256', audience = TEST_AUDIENCE } = options;
  const signer = await createTestSigner(algorithm, options.kid);
  const jwks = { keys: [signer.jwk] };
  const usual = {
    iss: issuer,
    sub: 'repo:acme/api',
    aud: audience,
    iat: TEST_NOW,
    exp: TEST_NOW + 3600,
    jti: 'token-1',
  };
  return {
    ...signer,
    issuer,
    jwks,
    token: (claims = {}, header = {}) =>
      signer.sign({ alg: algorithm, typ: 'JWT', kid: signer.kid, ...header }, { ...usual, ...claims }),
    entry: (changes = {}) => ({
      issuer,
      kind: 'oidc',
      audience,
      algorithms: [algorithm],
      // Its keys are in the entry, unless they come from somewhere else.
      ...(changes.jwksUri === undefined && changes.discovery === undefined ? { jwks } : {}),
      noExp: false,
      require: [],
      jti: 'any',
      subjectAnchor: 3,
      state: 'active',
      fingerprint: '1',
      ...changes,
    }),
  };
}

/** Makes a wasmCloud account. Its name is the key that signs its tokens. */
export async function createTestAccount(): Promise<TestIssuer> {
  const signer = await createTestSigner('Ed25519');
  const issuer = encodePublicNkey('A', Buffer.from(signer.jwk.x ?? '', 'base64url'));
  const usual = { jti: 'entity-1', iat: TEST_NOW, iss: issuer, sub: encodePublicNkey('M', Buffer.alloc(32, 7)) };
  return {
    ...signer,
    issuer,
    jwks: { keys: [] },
    token: (claims = {}, header = {}) =>
      signer.sign({ typ: 'jwt', alg: 'Ed25519', ...header }, { ...usual, ...claims }),
    entry: (changes = {}) => ({
      issuer,
      kind: 'nkey',
      algorithms: ['Ed25519'],
      noExp: true,
      require: [],
      jti: 'any',
      subjectAnchor: 3,
      state: 'active',
      fingerprint: '1',
      ...changes,
    }),
  };
}

/** What a proof is about. */
export interface ProofOf {
  readonly token: string;
  readonly xkey: string;
  readonly url: string;
  readonly method?: string;
  readonly body?: string | Uint8Array;
}

/** Makes a DPoP proof (RFC 9449) with that key. Changes replace claims and header members; undefined removes one. */
export function createProof(
  signer: TestSigner,
  of: ProofOf,
  claims: Claims = {},
  header: Claims = {},
): Promise<string> {
  const { kid: _kid, use: _use, alg: _alg, ...jwk } = signer.jwk;
  return signer.sign(
    { typ: 'dpop+jwt', alg: signer.algorithm, jwk, ...header },
    {
      jti: 'proof-1',
      htm: of.method ?? 'POST',
      htu: of.url,
      iat: TEST_NOW,
      ath: hash('sha256', of.token, 'base64url'),
      xkey: of.xkey,
      ...(of.body === undefined ? {} : { body: hash('sha256', of.body, 'base64url') }),
      ...claims,
    },
  );
}
