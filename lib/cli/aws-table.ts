import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { bareCause } from '../aws/cause.ts';
import { awsClientSettings } from '../aws/settings.ts';
import { dynamodbCatalogWriter } from '../catalog/dynamodb/writer.ts';
import type { CatalogWriter } from '../catalog/table.ts';
import { WaxsealError } from '../wire/errors.ts';
import { quoted, usageError, withHint } from './report.ts';

/** A catalog's table that is open: in DynamoDB, or embedded. */
export interface OpenTable {
  readonly table: CatalogWriter;
  /** What to report instead of an error: its cause and the next step, if they are known. */
  explain(error: unknown): unknown;
  close(): void;
}

/** A table's name or ARN, as DynamoDB accepts it. */
const TABLE_NAME = /^(?:[A-Za-z0-9_.-]{3,255}|arn:[A-Za-z0-9_.:/-]{1,1000})$/;

const WHICH_TABLE = 'The table’s name is the stack’s output CatalogTableName.';
const SIGN_IN = 'Run "aws sts get-caller-identity" to see whether AWS accepts them.';

/**
 * Opens a catalog's DynamoDB table with the region and credentials of the AWS environment.
 * @throws CommanderError if the name is not valid, or region or credentials are missing; WaxsealError `store_unavailable` if the
 *   source of the credentials cannot be reached
 */
export async function openAwsTable(name: string): Promise<OpenTable> {
  if (!TABLE_NAME.test(name)) throw usageError(`Not a valid DynamoDB table name: ${quoted(name)}.`, WHICH_TABLE);
  const client = new DynamoDBClient(awsClientSettings({ attempts: 5, connectMs: 3000, requestMs: 10_000 }));
  try {
    const region = await client.config.region().catch(() => {
      throw usageError('No AWS region is set.', 'Set AWS_REGION to the region of the stack, such as eu-west-1.');
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

/** A service that provides credentials may recover. Anything else that is missing or wrong stays that way. */
function noCredentials(error: unknown): Error {
  const cause = bareCause(error);
  if (cause.name === 'TimeoutError' || ('code' in cause && cause.code !== undefined)) {
    const unavailable = new WaxsealError('store_unavailable', 'The source of the AWS credentials cannot be reached.', {
      cause,
    });
    return withHint(unavailable, 'Check the network and try again.');
  }
  return usageError(
    'No AWS credentials were found.',
    `Sign in, set AWS_PROFILE or AWS_ACCESS_KEY_ID, or give the job a role. ${SIGN_IN}`,
  );
}

/** Turns AWS errors that no retry can fix into usage errors. It decides by their names, never by their texts. */
function explain(error: unknown, table: string, region: string): unknown {
  if (!(error instanceof WaxsealError) || error.code !== 'store_unavailable') return error;
  const cause = error.cause instanceof Error ? error.cause : undefined;
  switch (cause?.name) {
    case undefined:
      return withHint(error, `Check that ${table} in ${region} is a waxseal catalog, then try again.`);
    case 'ResourceNotFoundException':
      return usageError(`There is no table ${table} in ${region}.`, `${WHICH_TABLE} Check region and account too.`);
    case 'AccessDeniedException':
      return usageError(
        `AWS does not allow ${deniedAction(cause.message)} on ${table}.`,
        'The role needs dynamodb:Scan, dynamodb:PutItem and dynamodb:DeleteItem on the table, and permission to use its ' +
          'KMS key through DynamoDB. Run "aws sts get-caller-identity" to see which role it is.',
      );
    case 'ExpiredTokenException':
    case 'ExpiredToken':
      return usageError('The AWS credentials have expired.', `Get new ones. ${SIGN_IN}`);
    case 'UnrecognizedClientException':
    case 'InvalidClientTokenId':
    case 'InvalidSignatureException':
    case 'IncompleteSignatureException':
    case 'MissingAuthenticationTokenException':
    case 'MissingAuthenticationToken':
      return usageError('AWS rejected the credentials.', `${SIGN_IN} Check this machine’s clock too.`);
    default:
      return withHint(
        error,
        `DynamoDB in ${region} did not give a usable answer. Check AWS_REGION and the network, then run the command again: ` +
          'it continues where it stopped.',
      );
  }
}

/** The action is named in AWS's text alone. It is shown, nothing is decided by it, and no other part of the text is shown. */
function deniedAction(text: string): string {
  return /perform: ([a-z0-9-]{1,30}:[A-Za-z]{1,60})/.exec(text)?.[1] ?? 'this action';
}
