import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { bareCause } from '../aws/cause.ts';
import { awsClientSettings } from '../aws/settings.ts';
import { dynamodbCatalogWriter } from '../catalog/dynamodb/writer.ts';
import { WaxsealError } from '../wire/errors.ts';
import type { OpenTable } from './open-table.ts';
import { usageError, withHint } from './report.ts';

/** A table's name or ARN, as DynamoDB takes it. */
const TABLE_NAME = /^(?:[A-Za-z0-9_.-]{3,255}|arn:[A-Za-z0-9_.:/-]{1,1000})$/;

const SIGN_IN = '"aws sts get-caller-identity" shows whether AWS takes them.';

/**
 * Opens a catalog's DynamoDB table with what the AWS environment says.
 * @throws CommanderError where the name is none, or there is no region or are no credentials
 */
export async function openAwsTable(name: string): Promise<OpenTable> {
  if (!TABLE_NAME.test(name)) throw usageError('That is no name of a DynamoDB table.', WHICH_TABLE);
  const client = new DynamoDBClient(awsClientSettings({ attempts: 5, connectMs: 3000, requestMs: 10_000 }));
  try {
    const region = await client.config.region().catch(() => {
      throw usageError('There is no AWS region: set AWS_REGION.', 'It is the region of the stack, such as eu-west-1.');
    });
    await client.config.credentials().catch((error: unknown) => {
      throw noCredentials(error);
    });
    return {
      table: dynamodbCatalogWriter({ client, tableName: name }),
      explain: (error) => explain(error, name, region),
      close: () => client.destroy(),
    };
  } catch (error) {
    client.destroy();
    throw error;
  }
}

const WHICH_TABLE = 'It is the stack’s output CatalogTableName.';

/** Where they come from a service, its own troubles may pass; whatever else is missing or wrong stays so. */
function noCredentials(error: unknown): Error {
  const cause = bareCause(error);
  if (cause.name === 'TimeoutError' || ('code' in cause && cause.code !== undefined)) {
    const unavailable = new WaxsealError('store_unavailable', 'The source of the AWS credentials cannot be reached.', {
      cause,
    });
    return withHint(unavailable, 'Check the network and try again.');
  }
  return usageError(
    'There are no AWS credentials: sign in, set AWS_PROFILE or AWS_ACCESS_KEY_ID, or give the job a role.',
    SIGN_IN,
  );
}

/** By the names of what AWS answers, all of which stay as they are however often one tries. */
function explain(error: unknown, table: string, region: string): unknown {
  if (!(error instanceof WaxsealError) || error.code !== 'store_unavailable') return error;
  const cause = error.cause instanceof Error ? error.cause : undefined;
  switch (cause?.name) {
    case undefined:
      return withHint(error, `Check that ${table} in ${region} is a catalog of waxseal, and try again.`);
    case 'ResourceNotFoundException':
      return usageError(`There is no table ${table} in ${region}.`, `${WHICH_TABLE} Check region and account too.`);
    case 'AccessDeniedException':
      return usageError(
        `AWS does not allow ${deniedAction(cause.message)}: the role needs dynamodb:Scan, dynamodb:PutItem and ` +
          `dynamodb:DeleteItem on ${table}, and the use of its KMS key through DynamoDB.`,
        '"aws sts get-caller-identity" shows who you are to AWS.',
      );
    case 'ExpiredTokenException':
    case 'ExpiredToken':
      return usageError('The AWS credentials have expired: get new ones.', SIGN_IN);
    case 'UnrecognizedClientException':
    case 'InvalidClientTokenId':
    case 'InvalidSignatureException':
    case 'IncompleteSignatureException':
    case 'MissingAuthenticationTokenException':
    case 'MissingAuthenticationToken':
      return usageError('AWS does not accept the credentials.', `${SIGN_IN} Check the clock of this machine too.`);
    default:
      return withHint(
        error,
        `DynamoDB in ${region} gave no answer to go by. Check AWS_REGION and the network, and run the command again: ` +
          'it goes on where it was cut short.',
      );
  }
}

/** AWS says it in its text alone, of which nothing else is shown. */
function deniedAction(text: string): string {
  return /perform: ([a-z0-9-]{1,30}:[A-Za-z]{1,60})/.exec(text)?.[1] ?? 'this';
}
