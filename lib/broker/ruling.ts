import type { Admitted } from '../admission/admitted.ts';
import type { SecretRecord } from '../entries/secret.ts';
import type { Access, Decision, Missing } from '../mapping/access.ts';
import { decide } from '../mapping/decide.ts';
import type { Want } from '../wire/requests.ts';
import { type ResolvedVersion, resolveVersion } from './versions.ts';

/** What was decided on one secret that was asked for. */
export interface Ruling {
  readonly want: Want;
  readonly record: SecretRecord | undefined;
  readonly version: ResolvedVersion;
  readonly decision: Decision;
}

/**
 * Decides on one secret, by mappings alone: whether the secret exists plays no part, so a caller without a mapping learns
 * nothing about that. The version's names are resolved first, so that a mapping on one of them speaks of all of them.
 * @param now milliseconds since the epoch
 */
export function rule(want: Want, admitted: Admitted, now: number): Ruling {
  return ruleOn(want, admitted.view.record(want.secret), admitted, now);
}

/**
 * What keeps the mappings that fit the caller from allowing. Explained without the secret's record: whether `version` is
 * missing must not tell a caller who may read nothing which versions there are, or that there is a secret at all.
 */
export function missing(want: Want, admitted: Admitted, now: number): readonly Missing[] {
  const { decision } = ruleOn(want, undefined, admitted, now);
  return decision.allowed ? [] : decision.missing;
}

function ruleOn(want: Want, record: SecretRecord | undefined, { caller, view, met }: Admitted, now: number): Ruling {
  const version = resolveVersion(want.version, record);
  const access: Access = {
    caller,
    secret: want.secret,
    ...(want.field === undefined ? {} : { field: want.field }),
    version: version.names,
    bindings: met,
    now: Math.floor(now / 1000),
  };
  return { want, record, version, decision: decide(view.mappings(want.secret), access) };
}
