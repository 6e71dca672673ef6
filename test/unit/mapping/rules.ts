import { describe, expect, it } from 'vitest';
import type { Binding } from '../../../lib/entries/issuer.ts';
import type { Mapping, VersionName } from '../../../lib/entries/mapping.ts';
import type { Access, Missing } from '../../../lib/mapping/access.ts';
import { decide } from '../../../lib/mapping/decide.ts';
import type { JsonObject } from '../../../lib/wire/strict-json.ts';

export const GITHUB = 'https://token.actions.githubusercontent.com';
export const NOW = Date.UTC(2026, 10, 22, 10) / 1000;
const MAIN = 'repo:acme/api:ref:refs/heads/main';

/** A rule of GITHUB, by default for the main branch of acme/api. The tables refer to it by its id. */
export function rule(id: string, effect: 'allow' | 'deny', secret: string, more: Partial<Mapping> = {}): Mapping {
  return { id, secret, issuer: GITHUB, subject: MAIN, effect, mode: 'enforce', ...more };
}

/** What an access consists of. By default the main branch of acme/api reads the whole current version. */
export interface AccessParts {
  issuer?: string;
  subject?: string;
  claims?: JsonObject;
  field?: string;
  version?: VersionName[];
  /** The version may have more names than these. */
  incomplete?: true;
  bindings?: Binding[];
  now?: number;
}

export function access(secret: string, parts: AccessParts = {}): Access {
  const issuer = {
    issuer: parts.issuer ?? GITHUB,
    kind: 'oidc' as const,
    audience: 'https://secrets.example.com',
    algorithms: ['RS256' as const],
    discovery: true as const,
    noExp: false,
    require: [],
    jti: 'any' as const,
    subjectAnchor: 3,
    state: 'active' as const,
    fingerprint: 'r1',
  };
  return {
    caller: { issuer, subject: parts.subject ?? MAIN, claims: parts.claims ?? {}, tokenHash: 'hash' },
    secret,
    ...(parts.field === undefined ? {} : { field: parts.field }),
    version: { names: parts.version ?? ['current', 4, 'id-4'], complete: parts.incomplete !== true },
    bindings: new Set(parts.bindings),
    now: parts.now ?? NOW,
  };
}

/** The lines of a table. Each is a test, and each is checked with the rules in either order. */
export interface Table {
  /** Allowed, by the rule of that id. */
  allow(secret: string, parts: AccessParts, by: string, shadow?: string[]): void;
  /** Refused by the deny of that id, or, with what is missing, by default. */
  deny(secret: string, parts: AccessParts, why: string | Missing[], shadow?: string[]): void;
}

export function table(title: string, rules: readonly Mapping[], lines: (table: Table) => void): void {
  describe(title, () => {
    const line = (verb: string, secret: string, parts: AccessParts, why: unknown, expected: object) =>
      it(`${verb} ${secret} ${JSON.stringify(parts)} — ${JSON.stringify(why)}`, () => {
        expect(decide(rules, access(secret, parts))).toEqual(expected);
        expect(decide(rules.toReversed(), access(secret, parts))).toEqual(expected);
      });
    lines({
      allow: (secret, parts, by, shadow = []) =>
        line('allow', secret, parts, by, { allowed: true, mapping: by, shadow }),
      deny: (secret, parts, why, shadow = []) => {
        const [mapping, missing] = typeof why === 'string' ? [why, []] : [undefined, why];
        line('deny', secret, parts, why, { allowed: false, mapping, missing, shadow });
      },
    });
  });
}
