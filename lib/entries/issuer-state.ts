import type { Json, JsonObject } from '../wire/strict-json.ts';
import type { TrustedIssuer } from './issuer.ts';
import { readItem } from './item-reader.ts';

/** The part of an issuer's entry that every request reads anew: whether it may go on, and under which entry. */
export type IssuerState = Pick<TrustedIssuer, 'revision' | 'state'>;

/** The state as it stands beside the issuer's wide cells. */
export function issuerStateToJson({ revision, state }: IssuerState): JsonObject {
  return { revision, state };
}

/** Reads an issuer's state. @throws WaxsealError `store_unavailable` where it is anything else */
export function issuerStateFromJson(json: Json): IssuerState {
  const item = readItem(json);
  const revision = item.required('revision', (value): value is string => typeof value === 'string' && value !== '');
  const state = item.required('state', (value): value is IssuerState['state'] => STATES.includes(value));
  item.end();
  return { revision, state };
}

const STATES: readonly unknown[] = ['active', 'suspended'] satisfies IssuerState['state'][];
