import { randomUUID } from 'node:crypto';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
  type SecretVersionsListEntry,
} from '@aws-sdk/client-secrets-manager';
import { isSecretId } from '../../entries/secret-id.ts';
import { compact } from '../../wire/compact.ts';
import { WaxsealError } from '../../wire/errors.ts';
import type { SecretValue } from '../../wire/secret-value.ts';
import { MAX_VALUE_BYTES, type SecretWriter, type StoredVersions } from '../store.ts';
import { errorName, noSuchSecret, readRefusal, storeUnavailable } from './errors.ts';

/** Where and how to write. */
export interface SecretsManagerWriterOptions {
  client: SecretsManagerClient;
  /** Only refs `<prefix>/…` may be written or deleted. */
  prefix: string;
  /** The KMS key that encrypts new secrets (default: the account's `aws/secretsmanager`). */
  kmsKeyId?: string;
  /** Days in which a deletion can be undone at AWS, 7 to 30 (default: 30). 0 deletes for good. */
  recoveryDays?: number;
}

/** Writes AWS Secrets Manager, and reads no value. A ref that is pending deletion cannot be written: `conflict`. */
export function secretsManagerWriter(options: SecretsManagerWriterOptions): SecretWriter {
  const { client, prefix, kmsKeyId, recoveryDays = 30 } = options;

  async function write(ref: string, value: SecretValue, signal: AbortSignal): Promise<string | undefined> {
    const clear = value.reveal();
    const content = typeof clear === 'string' ? { SecretString: clear } : { SecretBinary: clear };
    // Every attempt has the same token, so AWS recognises a repeated write and makes no second version.
    const token = { ClientRequestToken: randomUUID() };
    const put = new PutSecretValueCommand({ SecretId: ref, ...token, ...content });
    const create = new CreateSecretCommand({ Name: ref, ...token, ...content, ...compact({ KmsKeyId: kmsKeyId }) });
    const http = { abortSignal: signal };
    try {
      return (await client.send(put, http)).VersionId;
    } catch (error) {
      if (errorName(error) !== 'ResourceNotFoundException') throw error;
    }
    try {
      return (await client.send(create, http)).VersionId;
    } catch (error) {
      if (errorName(error) !== 'ResourceExistsException') throw error;
      return (await client.send(put, http)).VersionId; // another writer created it in between
    }
  }

  function checkRef(ref: string): void {
    if (!ref.startsWith(`${prefix}/`) || !isSecretId(ref))
      throw new WaxsealError(
        'invalid_request',
        'The ref is not valid, or is outside the prefix that this store may write.',
      );
  }

  /** @throws WaxsealError `not_found` if the ref does not exist or is pending deletion */
  async function mustExist(ref: string, signal: AbortSignal): Promise<void> {
    const { DeletedDate } = await client.send(new DescribeSecretCommand({ SecretId: ref }), { abortSignal: signal });
    if (DeletedDate !== undefined) throw noSuchSecret();
  }

  async function listVersions(ref: string, signal: AbortSignal): Promise<SecretVersionsListEntry[]> {
    const versions: SecretVersionsListEntry[] = [];
    let next: string | undefined;
    do {
      const page = compact({ SecretId: ref, IncludeDeprecated: true, NextToken: next });
      const answer = await client.send(new ListSecretVersionIdsCommand(page), { abortSignal: signal });
      versions.push(...(answer.Versions ?? []));
      next = answer.NextToken;
    } while (next !== undefined);
    return versions;
  }

  return {
    async put(ref, value, signal) {
      checkRef(ref);
      if (value.byteLength > MAX_VALUE_BYTES)
        throw new WaxsealError('too_large', 'The value is larger than 65,536 bytes.');
      if (value.byteLength === 0) throw new WaxsealError('invalid_request', 'This store cannot hold an empty value.');
      try {
        const versionId = await write(ref, value, signal);
        if (versionId !== undefined) return versionId;
      } catch (error) {
        if (errorName(error) === 'InvalidRequestException')
          throw new WaxsealError(
            'conflict',
            'The store cannot write this ref now, for example because it is pending deletion.',
          );
        throw storeUnavailable(error);
      }
      throw storeUnavailable(undefined);
    },

    async delete(ref, signal) {
      checkRef(ref);
      try {
        await mustExist(ref, signal); // AWS reports a forced deletion of a missing secret as a success
        const how = recoveryDays === 0 ? { ForceDeleteWithoutRecovery: true } : { RecoveryWindowInDays: recoveryDays };
        await client.send(new DeleteSecretCommand({ SecretId: ref, ...how }), { abortSignal: signal });
      } catch (error) {
        throw readRefusal(error);
      }
    },

    async describe(ref, signal) {
      if (!isSecretId(ref)) throw noSuchSecret();
      try {
        await mustExist(ref, signal); // the list of versions does not show a pending deletion
        return inOrder(await listVersions(ref, signal));
      } catch (error) {
        throw readRefusal(error);
      }
    },
  };
}

/** Oldest first. AWS keeps whole seconds only, so the labels order versions made within one second. */
function inOrder(versions: readonly SecretVersionsListEntry[]): StoredVersions {
  const rank = ({ VersionStages = [] }: SecretVersionsListEntry) =>
    VersionStages.includes('AWSCURRENT') ? 2 : VersionStages.includes('AWSPREVIOUS') ? 1 : 0;
  const sorted = versions.toSorted(
    (a, b) => (a.CreatedDate?.getTime() ?? 0) - (b.CreatedDate?.getTime() ?? 0) || rank(a) - rank(b),
  );
  const labelled = (label: string) => sorted.find(({ VersionStages }) => VersionStages?.includes(label))?.VersionId;
  return compact({
    ids: sorted.flatMap(({ VersionId }) => VersionId ?? []),
    current: labelled('AWSCURRENT'),
    previous: labelled('AWSPREVIOUS'),
  });
}
