import {
  BatchGetSecretValueCommand,
  GetSecretValueCommand,
  type SecretsManagerClient,
  type SecretValueEntry,
} from '@aws-sdk/client-secrets-manager';
import type { WaxsealError } from '../../wire/errors.ts';
import { SecretValue } from '../../wire/secret-value.ts';
import type { SecretStore, StoredValue, VersionWanted, Wanted } from '../store.ts';
import { noSuchSecret, readRefusal, worthAskingSingly } from './errors.ts';
import { answerFor, isSecretId, isVersionId } from './secret-id.ts';

/** The most ids that one BatchGetSecretValue takes. */
const BATCH = 20;

type Outcome = StoredValue | WaxsealError;

/**
 * Reads AWS Secrets Manager. A ref is a secret's name or ARN; `current` and `previous` are its labels AWSCURRENT and
 * AWSPREVIOUS, an id is its VersionId. The client brings its own attempts and time-outs (`awsClientSettings`).
 */
export function secretsManagerStore({ client }: { client: SecretsManagerClient }): SecretStore {
  async function get({ ref, version }: Wanted, signal: AbortSignal): Promise<StoredValue> {
    if (!isSecretId(ref) || (typeof version === 'object' && !isVersionId(version.id))) throw noSuchSecret();
    const command = new GetSecretValueCommand({ SecretId: ref, ...selector(version) });
    try {
      return stored(await client.send(command, { abortSignal: signal }));
    } catch (error) {
      throw readRefusal(error);
    }
  }

  const outcome = (wanted: Wanted, signal: AbortSignal): Promise<Outcome> => get(wanted, signal).catch(readRefusal);

  /** The current values of at most twenty refs. What the answer does not account for is asked singly. */
  async function batch(refs: readonly string[], signal: AbortSignal): Promise<Map<string, Outcome>> {
    const singly = async (some: readonly string[]) =>
      Promise.all(some.map(async (ref) => [ref, await outcome({ ref, version: 'current' }, signal)] as const));
    if (refs.length < 2) return new Map(await singly(refs));
    try {
      const command = new BatchGetSecretValueCommand({ SecretIdList: [...refs] });
      const { SecretValues = [], Errors = [] } = await client.send(command, { abortSignal: signal });
      const found = new Map<string, Outcome>();
      for (const ref of refs) {
        const entry = answerFor(ref, SecretValues);
        const failure = Errors.find(({ SecretId }) => SecretId === ref);
        if (entry)
          found.set(
            ref,
            attempt(() => stored(entry)),
          );
        else if (failure) found.set(ref, readRefusal({ name: failure.ErrorCode, message: failure.Message }));
      }
      const open = refs.filter((ref) => !found.has(ref));
      return new Map([...found, ...(await singly(open))]);
    } catch (error) {
      if (worthAskingSingly(error) && !signal.aborted) return new Map(await singly(refs));
      return new Map(refs.map((ref) => [ref, readRefusal(error)]));
    }
  }

  return {
    kind: 'secrets-manager',
    get,
    async getMany(wanted, signal) {
      const inBatch = ({ ref, version }: Wanted) => version === 'current' && isSecretId(ref);
      const refs = [...new Set(wanted.filter(inBatch).map(({ ref }) => ref))];
      const batches: Promise<Map<string, Outcome>>[] = [];
      for (let at = 0; at < refs.length; at += BATCH) batches.push(batch(refs.slice(at, at + BATCH), signal));
      const others = wanted.map((one) => (inBatch(one) ? undefined : outcome(one, signal)));
      const current = new Map((await Promise.all(batches)).flatMap((found) => [...found]));
      return Promise.all(wanted.map(async (one, i) => (await others[i]) ?? current.get(one.ref) ?? noSuchSecret()));
    },
  };
}

function selector(version: VersionWanted): { VersionId: string } | { VersionStage: string } {
  if (typeof version === 'object') return { VersionId: version.id };
  return { VersionStage: version === 'current' ? 'AWSCURRENT' : 'AWSPREVIOUS' };
}

function stored({ VersionId, SecretString, SecretBinary }: SecretValueEntry): StoredValue {
  const value = SecretString ?? SecretBinary;
  if (value === undefined || VersionId === undefined) throw noSuchSecret();
  return { versionId: VersionId, value: new SecretValue(value) };
}

function attempt(read: () => StoredValue): Outcome {
  try {
    return read();
  } catch (error) {
    return readRefusal(error);
  }
}
