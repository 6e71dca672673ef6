import type { Admitted } from '../admission/admit.ts';
import { deniedSecret, type Verdict } from '../admission/record.ts';
import type { AuditedSecret } from '../audit/ledger.ts';
import type { SecretRecord } from '../entries/secret.ts';
import type { Access, Decision, Missing } from '../mapping/access.ts';
import { decide } from '../mapping/decide.ts';
import { compact } from '../wire/compact.ts';
import type { Want } from '../wire/requests.ts';
import { type ResolvedVersion, resolveVersion } from './versions.ts';

/** What was decided about one wanted secret. */
export interface Ruling {
  readonly want: Want;
  readonly record: SecretRecord | undefined;
  readonly version: ResolvedVersion;
  readonly decision: Decision;
}

/**
 * Decides about one secret, by mappings alone: whether the secret exists plays no part, so a caller without a mapping learns
 * nothing about that. The version's names are resolved first, so that a mapping on one of them applies to all of them.
 * @param now milliseconds since the epoch
 */
export function rule(want: Want, admitted: Admitted, now: number): Ruling {
  return ruleOn(want, admitted.view.record(want.secret), admitted, now);
}

/**
 * What keeps the mappings that fit the caller from allowing. Explained without the secret's record: whether `version` is
 * missing must not tell a caller who may read nothing which versions exist, or that the secret does.
 * @param now milliseconds since the epoch
 */
export function missing(want: Want, admitted: Admitted, now: number): readonly Missing[] {
  const { decision } = ruleOn(want, undefined, admitted, now);
  return decision.allowed ? [] : decision.missing;
}

function ruleOn(want: Want, record: SecretRecord | undefined, { caller, view, met }: Admitted, now: number): Ruling {
  const version = resolveVersion(want.version ?? 'current', record);
  const access: Access = compact({
    caller,
    secret: want.secret,
    field: want.field,
    version: version.names,
    bindings: met,
    now: Math.floor(now / 1000),
  });
  return { want, record, version, decision: decide(view.mappings(want.secret), access) };
}

/** The verdict on a whole request: allowed if at least one of its secrets is, or if it reads none (list). */
export function verdictOf(rulings: readonly Ruling[], { releases }: { releases: boolean }): Verdict {
  const secrets = rulings.map(auditedSecret);
  const denied = rulings.length > 0 && !rulings.some(({ decision }) => decision.allowed);
  return denied ? { code: 'access_denied', secrets } : { secrets, releases };
}

/** Plain statements: a batch makes a hundred of them. */
function auditedSecret({
  want,
  version: { storeVersion },
  decision: { allowed, mapping, shadow },
}: Ruling): AuditedSecret {
  const audited: { -readonly [M in keyof AuditedSecret]: AuditedSecret[M] } = deniedSecret(want);
  if (typeof storeVersion === 'object') audited.version_id = storeVersion.id;
  if (allowed) audited.decision = 'allowed';
  if (mapping !== undefined) audited.mapping = mapping;
  if (shadow.length > 0) audited.shadow = shadow;
  return audited;
}
