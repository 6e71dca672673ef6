import {
  BatchGetSecretValueCommand,
  GetSecretValueCommand,
  type SecretsManagerClient,
  type SecretValueEntry,
} from '@aws-sdk/client-secrets-manager';
import { isSecretId } from '../../entries/secret-id.ts';
import { SecretValue } from '../../wire/secret-value.ts';
import type { Fetched, Lookup, SecretReader, StoredValue, StoreVersion } from '../store.ts';
import { noSuchSecret, readRefusal, worthReadingSingly } from './errors.ts';
import { answerFor, isVersionId } from './secret-id.ts';

/** The most ids that one BatchGetSecretValue takes. */
const BATCH = 20;

/**
 * Reads AWS Secrets Manager. A ref is a secret's name or ARN; `current` and `previous` are its labels AWSCURRENT and
 * AWSPREVIOUS, an id is its VersionId. The client brings its own attempts and time-outs (`awsClientSettings`).
 */
export function secretsManagerReader({ client }: { client: SecretsManagerClient }): SecretReader {
  async function get({ ref, version }: Lookup, signal: AbortSignal): Promise<StoredValue> {
    if (!isSecretId(ref) || (typeof version === 'object' && !isVersionId(version.id))) throw noSuchSecret();
    const command = new GetSecretValueCommand({ SecretId: ref, ...selector(version) });
    try {
      return stored(await client.send(command, { abortSignal: signal }));
    } catch (error) {
      throw readRefusal(error);
    }
  }

  const fetch = (lookup: Lookup, signal: AbortSignal): Promise<Fetched> => get(lookup, signal).catch(readRefusal);

  /** The current values of at most twenty refs. A ref that the answer does not mention is read singly. */
  async function batch(refs: readonly string[], signal: AbortSignal): Promise<Map<string, Fetched>> {
    const singly = async (some: readonly string[]) =>
      Promise.all(some.map(async (ref) => [ref, await fetch({ ref, version: 'current' }, signal)] as const));
    if (refs.length < 2) return new Map(await singly(refs));
    try {
      const command = new BatchGetSecretValueCommand({ SecretIdList: [...refs] });
      const { SecretValues = [], Errors = [] } = await client.send(command, { abortSignal: signal });
      const found = new Map<string, Fetched>();
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
      if (worthReadingSingly(error) && !signal.aborted) return new Map(await singly(refs));
      return new Map(refs.map((ref) => [ref, readRefusal(error)]));
    }
  }

  return {
    get,
    async getMany(lookups, signal) {
      const inBatch = ({ ref, version }: Lookup) => version === 'current' && isSecretId(ref);
      const refs = [...new Set(lookups.filter(inBatch).map(({ ref }) => ref))];
      const batches: Promise<Map<string, Fetched>>[] = [];
      for (let at = 0; at < refs.length; at += BATCH) batches.push(batch(refs.slice(at, at + BATCH), signal));
      const others = lookups.map((one) => (inBatch(one) ? undefined : fetch(one, signal)));
      const current = new Map((await Promise.all(batches)).flatMap((found) => [...found]));
      return Promise.all(lookups.map(async (one, i) => (await others[i]) ?? current.get(one.ref) ?? noSuchSecret()));
    },
  };
}

function selector(version: StoreVersion): { VersionId: string } | { VersionStage: string } {
  if (typeof version === 'object') return { VersionId: version.id };
  return { VersionStage: version === 'current' ? 'AWSCURRENT' : 'AWSPREVIOUS' };
}

function stored({ VersionId, SecretString, SecretBinary }: SecretValueEntry): StoredValue {
  const value = SecretString ?? SecretBinary;
  if (value === undefined || VersionId === undefined) throw noSuchSecret();
  return { versionId: VersionId, value: new SecretValue(value) };
}

function attempt(read: () => StoredValue): Fetched {
  try {
    return read();
  } catch (error) {
    return readRefusal(error);
  }
}
