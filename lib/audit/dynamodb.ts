import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { bareCause } from '../aws/cause.ts';
import { compact } from '../wire/compact.ts';
import { WaxsealError } from '../wire/errors.ts';
import { guardedLedger, type LedgerSettings, type PriorRecord, type PutOnce } from './guard.ts';
import type { Ledger } from './ledger.ts';

/** The ledger in a DynamoDB table with the key `pk` and time to live on `ttl`. One `PutItem` for each record. */
export function dynamodbLedger(options: { client: DynamoDBClient; tableName: string } & LedgerSettings): Ledger {
  const { client, tableName, ...settings } = options;
  const putOnce: PutOnce = async ({ record, ...item }, signal) => {
    const command = new PutItemCommand({
      TableName: tableName,
      Item: attributes({ ...item, ...record }),
      ConditionExpression: 'attribute_not_exists(pk)',
      // The stored item tells a replay from our own retry, without a second read.
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    try {
      await client.send(command, { abortSignal: signal });
      return undefined;
    } catch (error) {
      const prior = error instanceof ConditionalCheckFailedException ? readPrior(error.Item) : undefined;
      if (prior) return prior;
      throw new WaxsealError('audit_unavailable', undefined, { cause: bareCause(error), retryAfter: 1 });
    }
  };
  return guardedLedger(putOnce, settings);
}

function readPrior(item: Record<string, AttributeValue> | undefined): PriorRecord | undefined {
  const request_id = item?.request_id?.S;
  const recipient = item?.recipient?.S;
  const sealed_hash = item?.sealed_hash?.S;
  if (request_id === undefined || recipient === undefined) return undefined;
  return compact({ request_id, recipient, sealed_hash });
}

/** Plain data as DynamoDB attributes, without members that are undefined. */
function attributes(members: object): Record<string, AttributeValue> {
  const out: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(members)) if (value !== undefined) out[name] = attribute(value);
  return out;
}

function attribute(value: unknown): AttributeValue {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map(attribute) };
  return { M: attributes(value as object) };
}
