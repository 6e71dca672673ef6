import { setTimeout as pause } from 'node:timers/promises';
import {
  BatchGetItemCommand,
  type BatchGetItemCommandOutput,
  type DynamoDBClient,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { compact } from '../../wire/compact.ts';
import type { CatalogReader, Item, ItemKey } from '../table.ts';
import { type Attributes, guarded, incomplete, itemOf, keyAttributes } from './item.ts';

/** DynamoDB's limit for one `BatchGetItem`. */
const MAX_KEYS = 100;

/** Shortest pause before unprocessed keys are requested again. It doubles each time, so the budget ends after a few calls. */
const FIRST_PAUSE_MS = 20;

/** Which table to read. The client sets time-outs and attempts; see `awsClientSettings`. */
export interface DynamodbReaderOptions {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** 0 to 1: spreads the pauses before unprocessed keys are requested again (default: `Math.random`). */
  readonly random?: () => number;
}

/**
 * Reads the catalog's table in DynamoDB. Every read is strongly consistent. Expressions are constant: input only goes into
 * placeholders.
 */
export function dynamodbCatalogReader({
  client,
  tableName,
  random = Math.random,
}: DynamodbReaderOptions): CatalogReader {
  async function readChunk(keys: readonly ItemKey[], signal: AbortSignal): Promise<Item[]> {
    const items: Item[] = [];
    let missing: Attributes[] = keys.map(keyAttributes);
    for (let attempt = 0; missing.length > 0; attempt++) {
      if (attempt > 0) await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1) * (1 + random()), undefined, { signal });
      const command = new BatchGetItemCommand({
        RequestItems: { [tableName]: { Keys: missing, ConsistentRead: true } },
      });
      const answer = await client.send(command, { abortSignal: signal });
      items.push(...(completeAnswer(answer).Responses[tableName] ?? []).map(itemOf));
      missing = answer.UnprocessedKeys?.[tableName]?.Keys ?? [];
    }
    return items;
  }

  return {
    get: (keys, signal) =>
      guarded(signal, async () => {
        const chunks = Array.from({ length: Math.ceil(keys.length / MAX_KEYS) }, (_, at) =>
          keys.slice(at * MAX_KEYS, (at + 1) * MAX_KEYS),
        );
        return (await Promise.all(chunks.map((chunk) => readChunk(chunk, signal)))).flat();
      }),

    query: (pk, { prefix = '', after = '', limit }, signal) =>
      guarded(signal, async () => {
        // DynamoDB rejects a start key outside the condition's range. Behind the range there is nothing to read.
        const inside = after.startsWith(prefix);
        if (!inside && Buffer.compare(Buffer.from(after), Buffer.from(prefix)) > 0) return { items: [] };
        const command = new QueryCommand({
          TableName: tableName,
          ConsistentRead: true,
          ...(prefix === '' ? WHOLE_PARTITION : BEGINS_WITH),
          ExpressionAttributeValues: compact({
            ':pk': { S: pk },
            ':prefix': prefix === '' ? undefined : { S: prefix },
          }),
          ...compact({
            ExclusiveStartKey: inside && after !== '' ? keyAttributes({ pk, sk: after }) : undefined,
            Limit: limit,
          }),
        });
        const { Items, LastEvaluatedKey } = await client.send(command, { abortSignal: signal });
        if (Items === undefined) throw incomplete();
        return compact({ items: Items.map(itemOf), next: LastEvaluatedKey?.sk?.S });
      }),
  };
}

const NAMES = { '#pk': 'pk' };
const WHOLE_PARTITION = { KeyConditionExpression: '#pk = :pk', ExpressionAttributeNames: NAMES };
const BEGINS_WITH = {
  KeyConditionExpression: '#pk = :pk AND begins_with(#sk, :prefix)',
  ExpressionAttributeNames: { ...NAMES, '#sk': 'sk' },
};

/** AWS always sends both members. An answer without them says nothing about the keys, not even that they are absent. */
function completeAnswer({ Responses, UnprocessedKeys }: BatchGetItemCommandOutput) {
  if (Responses === undefined || UnprocessedKeys === undefined) throw incomplete();
  return { Responses };
}
