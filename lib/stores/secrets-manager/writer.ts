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
import { WaxsealError } from '../../wire/errors.ts';
import type { SecretValue } from '../../wire/secret-value.ts';
import { MAX_VALUE_BYTES, type StoredVersions, type WritableStore } from '../store.ts';
import { nameOf, noSuchSecret, readRefusal, storeUnavailable } from './errors.ts';
import { secretsManagerStore } from './reader.ts';
import { isSecretId } from './secret-id.ts';

/** How Secrets Manager is written to. */
export interface SecretsManagerWriterOptions {
  client: SecretsManagerClient;
  /** Only refs `<prefix>/…` may be written or deleted. */
  prefix: string;
  /** The key that new secrets are encrypted under; the account's `aws/secretsmanager` unless told. */
  kmsKeyId?: string;
  /** Days in which a deletion can be taken back at AWS, 7 to 30; 30 unless told. 0 deletes for good. */
  recoveryDays?: number;
}

/** Secrets Manager for those who may write. A ref that is pending deletion cannot be written: `conflict`. */
export function secretsManagerWriter(options: SecretsManagerWriterOptions): WritableStore {
  const { client, prefix, kmsKeyId, recoveryDays = 30 } = options;

  async function write(ref: string, value: SecretValue, signal: AbortSignal): Promise<string | undefined> {
    const clear = value.reveal();
    const content = typeof clear === 'string' ? { SecretString: clear } : { SecretBinary: clear };
    // The same token in each attempt: AWS then takes a repeated write for the one that it has already done.
    const token = { ClientRequestToken: randomUUID() };
    const put = new PutSecretValueCommand({ SecretId: ref, ...token, ...content });
    const create = new CreateSecretCommand({
      Name: ref,
      ...token,
      ...content,
      ...(kmsKeyId === undefined ? {} : { KmsKeyId: kmsKeyId }),
    });
    const http = { abortSignal: signal };
    try {
      return (await client.send(put, http)).VersionId;
    } catch (error) {
      if (nameOf(error) !== 'ResourceNotFoundException') throw error;
    }
    try {
      return (await client.send(create, http)).VersionId;
    } catch (error) {
      if (nameOf(error) !== 'ResourceExistsException') throw error;
      return (await client.send(put, http)).VersionId; // somebody else created it between the two
    }
  }

  function checkRef(ref: string): void {
    if (!ref.startsWith(`${prefix}/`) || !isSecretId(ref))
      throw new WaxsealError('invalid_request', 'The ref is not one that this store may write.');
  }

  /** @throws WaxsealError `not_found` for what does not exist or is pending deletion */
  async function mustExist(ref: string, signal: AbortSignal): Promise<void> {
    const { DeletedDate } = await client.send(new DescribeSecretCommand({ SecretId: ref }), { abortSignal: signal });
    if (DeletedDate !== undefined) throw noSuchSecret();
  }

  async function listVersions(ref: string, signal: AbortSignal): Promise<SecretVersionsListEntry[]> {
    const versions: SecretVersionsListEntry[] = [];
    let next: string | undefined;
    do {
      const page = new ListSecretVersionIdsCommand({
        SecretId: ref,
        IncludeDeprecated: true,
        ...(next === undefined ? {} : { NextToken: next }),
      });
      const answer = await client.send(page, { abortSignal: signal });
      versions.push(...(answer.Versions ?? []));
      next = answer.NextToken;
    } while (next !== undefined);
    return versions;
  }

  return {
    ...secretsManagerStore({ client }),

    async put(ref, value, signal) {
      checkRef(ref);
      if (value.byteLength > MAX_VALUE_BYTES)
        throw new WaxsealError('too_large', 'The value is larger than 65,536 bytes.');
      if (value.byteLength === 0) throw new WaxsealError('invalid_request', 'This store keeps no empty value.');
      try {
        const versionId = await write(ref, value, signal);
        if (versionId !== undefined) return versionId;
      } catch (error) {
        if (nameOf(error) === 'InvalidRequestException')
          throw new WaxsealError('conflict', 'The ref cannot be written in its present state.');
        throw storeUnavailable(error);
      }
      throw storeUnavailable(undefined);
    },

    async delete(ref, signal) {
      checkRef(ref);
      try {
        await mustExist(ref, signal); // AWS takes a forced deletion of what does not exist for a success
        const how = recoveryDays === 0 ? { ForceDeleteWithoutRecovery: true } : { RecoveryWindowInDays: recoveryDays };
        await client.send(new DeleteSecretCommand({ SecretId: ref, ...how }), { abortSignal: signal });
      } catch (error) {
        throw readRefusal(error);
      }
    },

    async describe(ref, signal) {
      if (!isSecretId(ref)) throw noSuchSecret();
      try {
        await mustExist(ref, signal); // the list says nothing of a pending deletion
        return inOrder(await listVersions(ref, signal));
      } catch (error) {
        throw readRefusal(error);
      }
    },
  };
}

/** Oldest first. AWS keeps whole seconds only, so within a second the labels tell which came later. */
function inOrder(versions: readonly SecretVersionsListEntry[]): StoredVersions {
  const rank = ({ VersionStages = [] }: SecretVersionsListEntry) =>
    VersionStages.includes('AWSCURRENT') ? 2 : VersionStages.includes('AWSPREVIOUS') ? 1 : 0;
  const sorted = versions.toSorted(
    (a, b) => (a.CreatedDate?.getTime() ?? 0) - (b.CreatedDate?.getTime() ?? 0) || rank(a) - rank(b),
  );
  const labelled = (label: string) => sorted.find(({ VersionStages }) => VersionStages?.includes(label))?.VersionId;
  const current = labelled('AWSCURRENT');
  const previous = labelled('AWSPREVIOUS');
  return {
    ids: sorted.flatMap(({ VersionId }) => VersionId ?? []),
    ...(current === undefined ? {} : { current }),
    ...(previous === undefined ? {} : { previous }),
  };
}
