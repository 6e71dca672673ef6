import { randomBytes } from 'node:crypto';
import { SecretValue } from '../wire/secret-value.ts';
import type { JsonObject } from '../wire/strict-json.ts';
import { DEV_AUDIENCE, DEV_ISSUER, DEV_SUBJECT, type DevIssuer } from './dev-issuer.ts';

/** The demonstration's secret. */
export const DEMO_SECRET = 'demo/greeting';

/** The entry of the development issuer, as it would stand in catalog.yaml. */
export function devIssuerEntry({ publicJwk }: DevIssuer): JsonObject {
  const jwks = { keys: [publicJwk as JsonObject] };
  return { issuer: DEV_ISSUER, audience: DEV_AUDIENCE, algorithms: ['ES256'], jwks };
}

/** The catalog that the local broker starts with where it is given none. */
export function demoCatalog(issuer: DevIssuer): string {
  return `issuers:
  - ${JSON.stringify(devIssuerEntry(issuer))}
stores:
  - { name: local, kind: embedded, default: true }
mappings:
  - secret: demo/*
    issuer: ${DEV_ISSUER}
    subject: ${DEV_SUBJECT}
`;
}

/** The values that the local broker starts with where it is given none: made up at each start, nobody's secret. */
export function demoValues(): Map<string, SecretValue> {
  const greeting = { message: 'hello from waxseal', api_key: randomBytes(12).toString('hex') };
  return new Map([[DEMO_SECRET, new SecretValue(JSON.stringify(greeting))]]);
}
