import {
  type DynamoDBClient,
  ScanCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { compact } from '../../wire/compact.ts';
import { type CatalogWriter, checkTransactionSize, type ItemChange } from '../table.ts';
import { type Attributes, guarded, incomplete, itemOf, keyAttributes } from './item.ts';

/** Which table to write. The client sets time-outs and attempts; see `awsClientSettings`. */
export interface DynamodbWriterOptions {
  readonly client: DynamoDBClient;
  readonly tableName: string;
}

/** Writes the catalog's table in DynamoDB, and scans it for what to write. Expressions are constant, as in the reader. */
export function dynamodbCatalogWriter({ client, tableName }: DynamodbWriterOptions): CatalogWriter {
  return {
    write: (changes, signal) =>
      guarded(signal, async () => {
        checkTransactionSize(changes);
        if (changes.length === 0) return;
        const TransactItems = changes.map((change) => transactItem(tableName, change));
        await client.send(new TransactWriteItemsCommand({ TransactItems }), { abortSignal: signal });
      }),

    async *all(signal) {
      let from: Attributes | undefined;
      do {
        const page = compact({ TableName: tableName, ConsistentRead: true, ExclusiveStartKey: from });
        const answer = await guarded(signal, () => client.send(new ScanCommand(page), { abortSignal: signal }));
        if (answer.Items === undefined) throw incomplete();
        yield* answer.Items.map(itemOf);
        from = answer.LastEvaluatedKey;
      } while (from !== undefined);
    },
  };
}

function transactItem(TableName: string, change: ItemChange): TransactWriteItem {
  const condition = conditionOf(change);
  if ('put' in change) {
    return { Put: { TableName, Item: { ...keyAttributes(change), data: { S: change.put } }, ...condition } };
  }
  return { Delete: { TableName, Key: keyAttributes(change), ...condition } };
}

function conditionOf({ expect }: ItemChange) {
  if (expect === undefined) return {};
  if (expect === null)
    return { ConditionExpression: 'attribute_not_exists(#pk)', ExpressionAttributeNames: { '#pk': 'pk' } };
  return {
    ConditionExpression: '#data = :data',
    ExpressionAttributeNames: { '#data': 'data' },
    ExpressionAttributeValues: { ':data': { S: expect } },
  };
}
