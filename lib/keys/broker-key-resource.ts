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
 * long a replaced key stays usable), `Settings` (texts of which an attribute `Settings` gives a short digest, so that the
 * template can publish a new version of the broker when one of them or a key changes). Its attributes: `Current`, `Next` and
 * `Keys` (both, joined by a comma): public keys only, so that no seed ever leaves Secrets Manager and this function.
 *
 * Asking again for the same revision changes nothing: CloudFormation and Lambda both repeat. A lower one (an update that is
 * rolled back) changes nothing either, since clients may have pinned the newer keys. Deleting leaves the secret as it is.
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
  const revision = wholeNumber(event.ResourceProperties.Revision);
  const previousDays = wholeNumber(event.ResourceProperties.PreviousDays);
  const text = await secret.read(signal);
  const held = text === undefined ? undefined : parseBrokerKeys(text);
  if (held !== undefined && revision <= revisionOf(held, event)) return held;

  const wanted = held === undefined ? firstBrokerKeys(revision) : rotate(held, now, previousDays, revision);
  if (await secret.write(serializeBrokerKeys(wanted), writeToken(event, revision, held), signal)) return wanted;
  // A run side by side with this one was quicker: what it wrote counts.
  const written = await secret.read(signal);
  if (written === undefined) throw new WaxsealError('conflict', "The broker's key secret changed meanwhile.");
  return parseBrokerKeys(written);
}

/** A set that was put there by hand has no number; then the number that the stack had before counts. */
function revisionOf(held: BrokerKeySet, { ResourceProperties, OldResourceProperties }: StackEvent): number {
  return held.revision ?? wholeNumber((OldResourceProperties ?? ResourceProperties).Revision);
}

/** The same for each repetition of one change, another for each change: Secrets Manager takes only the first. */
function writeToken({ StackId, LogicalResourceId }: StackEvent, revision: number, held?: BrokerKeySet): string {
  const change = JSON.stringify([StackId, LogicalResourceId, revision, held?.current.text ?? null]);
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
  const text = String(value);
  if (!/^\d{1,9}$/.test(text)) throw new WaxsealError('invalid_request', 'A property is not a whole number.');
  return Number(text);
}
