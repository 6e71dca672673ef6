import { createHash } from 'node:crypto';
import type { KeySecret } from '../aws/key-secret.ts';
import { toRefusal, WaxsealError } from '../wire/errors.ts';
import { type BrokerKeySet, firstBrokerKeys, parseBrokerKeys, rotate, serializeBrokerKeys } from './broker-key-set.ts';
import type { StackAnswer, StackEvent } from './stack-event.ts';

/** What the custom resource works with. `now` is milliseconds. */
export interface BrokerKeyResourceOptions {
  readonly secret: KeySecret;
  readonly now: () => number;
}

/**
 * The custom resource `BrokerKeys` of the stack. Its properties: `Revision` (raising it rotates once), `PreviousDays` (how
 * long a replaced key stays usable), `Settings` (strings; the attribute `Settings` is a short digest of them, so that the
 * template can publish a new version of the broker when one of them or a key changes). Its attributes: `Current`, `Next` and
 * `Keys` (both, joined by a comma): public keys only, so that no seed ever leaves Secrets Manager and this function.
 *
 * Repeating a revision changes nothing, since CloudFormation and Lambda both repeat events. A lower one (an update that is
 * rolled back) changes nothing either, since clients may have pinned the newer keys. Deleting leaves the secret unchanged.
 * Never throws: a failure becomes `FAILED` with a fixed reason.
 */
export async function brokerKeyResource(
  event: StackEvent,
  { secret, now }: BrokerKeyResourceOptions,
  signal: AbortSignal,
): Promise<StackAnswer> {
  const PhysicalResourceId = event.PhysicalResourceId ?? 'broker-keys';
  if (event.RequestType === 'Delete') return { Status: 'SUCCESS', PhysicalResourceId };
  try {
    const set = await keysAt(event, secret, now(), signal);
    return { Status: 'SUCCESS', PhysicalResourceId, Data: attributes(set, event.ResourceProperties.Settings) };
  } catch (error) {
    return { Status: 'FAILED', PhysicalResourceId, Reason: toRefusal(error).message };
  }
}

async function keysAt(event: StackEvent, secret: KeySecret, now: number, signal: AbortSignal): Promise<BrokerKeySet> {
  const rotation = wholeNumber(event.ResourceProperties.Revision);
  const previousDays = wholeNumber(event.ResourceProperties.PreviousDays);
  const content = await secret.read(signal);
  const held = content === undefined ? undefined : parseBrokerKeys(content);
  if (held !== undefined && rotation <= rotationOf(held, event)) return held;

  const made = held === undefined ? firstBrokerKeys(rotation) : rotate(held, now, previousDays, rotation);
  if (await secret.write(serializeBrokerKeys(made), writeToken(event, rotation, held), signal)) return made;
  // Another run of this function was quicker: the keys that it wrote count.
  const written = await secret.read(signal);
  if (written === undefined)
    throw new WaxsealError('conflict', "The broker's key secret was changed at the same time. Try again.");
  return parseBrokerKeys(written);
}

/** The rotation that made a set. A set written by hand has no number: then the stack's previous number counts. */
function rotationOf(held: BrokerKeySet, { ResourceProperties, OldResourceProperties }: StackEvent): number {
  return held.rotation ?? wholeNumber((OldResourceProperties ?? ResourceProperties).Revision);
}

/** The same token for every repetition of one change: Secrets Manager then takes only the first write. */
function writeToken({ StackId, LogicalResourceId }: StackEvent, rotation: number, held?: BrokerKeySet): string {
  const change = JSON.stringify([StackId, LogicalResourceId, rotation, held?.current.text ?? null]);
  return createHash('sha256').update(change).digest('hex');
}

function attributes(set: BrokerKeySet, settings: unknown): Record<string, string> {
  const keys = set.next === undefined ? [set.current.text] : [set.current.text, set.next.text];
  const digest = createHash('sha256')
    .update(JSON.stringify([settings ?? null, keys]))
    .digest('hex');
  return { Current: keys[0]!, Next: keys[1] ?? '', Keys: keys.join(','), Settings: digest.slice(0, 16) };
}

function wholeNumber(value: unknown): number {
  const digits = String(value);
  if (!/^\d{1,9}$/.test(digits)) {
    throw new WaxsealError('invalid_request', 'Revision or PreviousDays is not a whole number of at most 9 digits.');
  }
  return Number(digits);
}
