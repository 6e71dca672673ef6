import type { SecretRecord } from '../catalog/records.ts';
import { type ResolvedVersion, resolveVersion } from '../catalog/versions.ts';
import { decide } from '../mapping/decide.ts';
import type { Decision, Question } from '../mapping/question.ts';
import type { Want } from '../wire/requests.ts';
import type { Admitted } from './admit.ts';

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
export function rule(want: Want, { caller, view, met }: Admitted, now: number): Ruling {
  const record = view.record(want.secret);
  const version = resolveVersion(want.version, record);
  const question: Question = {
    caller,
    secret: want.secret,
    ...(want.field === undefined ? {} : { field: want.field }),
    version: version.names,
    bindings: met,
    now: Math.floor(now / 1000),
  };
  return { want, record, version, decision: decide(view.mappings(want.secret), question) };
}
