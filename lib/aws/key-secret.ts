import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { WaxsealError } from '../wire/errors.ts';
import { bareCause } from './cause.ts';

/** The one secret in Secrets Manager that holds the broker's own xkeys. */
export interface KeySecret {
  /**
   * Its content, or undefined if it has none yet.
   * @throws WaxsealError `store_unavailable`
   */
  read(signal: AbortSignal): Promise<string | undefined>;
  /**
   * Adds a version and makes it current.
   * @param token identifies a repeated write: 32 to 64 letters and digits
   * @returns false, having written nothing, if other content was written under the same token before
   * @throws WaxsealError `store_unavailable`
   */
  write(content: string, token: string, signal: AbortSignal): Promise<boolean>;
}

/** The key secret with this ARN. */
export function keySecret({ client, arn }: { client: SecretsManagerClient; arn: string }): KeySecret {
  return {
    async read(signal) {
      try {
        const answer = await client.send(new GetSecretValueCommand({ SecretId: arn }), { abortSignal: signal });
        return answer.SecretString;
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return undefined;
        throw unavailable(error);
      }
    },
    async write(content, token, signal) {
      const command = new PutSecretValueCommand({ SecretId: arn, SecretString: content, ClientRequestToken: token });
      try {
        await client.send(command, { abortSignal: signal });
        return true;
      } catch (error) {
        if (error instanceof ResourceExistsException) return false;
        throw unavailable(error);
      }
    },
  };
}

function unavailable(error: unknown): WaxsealError {
  // The SDK's own error keeps the raw answer, which holds the seeds.
  return new WaxsealError('store_unavailable', "The broker's key secret cannot be reached.", {
    cause: bareCause(error),
  });
}
