import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { TestBroker } from '../kit/broker.ts';
import { TEST_AUDIENCE } from '../kit/test-issuer.ts';

/** Makes tokens of the size that CI platforms make, with about a dozen claims, each with its own `jti`. */
export async function mintTokens(
  { issuer, clock }: Pick<TestBroker, 'issuer' | 'clock'>,
  count: number,
): Promise<string[]> {
  const now = Math.floor(clock.now / 1000);
  const tokens: string[] = [];
  for (let n = 0; n < count; n++) {
    const claims = {
      environment: 'production',
      repository: 'acme/api',
      ref: 'refs/heads/main',
      run_id: String(n),
      actor: 'octocat',
      repository_owner: 'acme',
    };
    tokens.push(
      await new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', kid: issuer.kid, typ: 'JWT' })
        .setIssuer(issuer.issuer)
        .setSubject('repo:acme/api')
        .setAudience(TEST_AUDIENCE)
        .setIssuedAt(now)
        .setExpirationTime(now + 3600)
        .setJti(randomUUID())
        .sign(issuer.privateKey),
    );
  }
  return tokens;
}
