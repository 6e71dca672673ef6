import { setTimeout as pause } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchGetItemCommand,
  type BatchGetItemCommandOutput,
  type DynamoDBClient,
  QueryCommand,
  ScanCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { bareCause } from '../aws/cause.ts';
import { WaxsealError } from '../wire/errors.ts';
import { type CatalogTable, type Item, type ItemChange, type ItemKey, MAX_CHANGES } from './table.ts';

/** DynamoDB's limit for one `BatchGetItem`. */
const MAX_KEYS = 100;

/** Shortest pause before unprocessed keys are asked again; it doubles each time, so the budget ends it after a few calls. */
const FIRST_PAUSE_MS = 20;

type Attributes = Record<string, AttributeValue>;

/** What the table is made from. The client decides time-outs and attempts; see `awsClientSettings`. */
export interface DynamodbTableOptions {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** 0 to 1, spreads the pauses before unprocessed keys are asked again; `Math.random` unless told. */
  readonly random?: () => number;
}

/**
 * The catalog's table in DynamoDB: key `pk` and `sk`, both strings, and `data`, a string of JSON. Every read is strongly
 * consistent. Expressions are constant; what comes from outside goes into placeholders only.
 */
export function dynamodbTable({ client, tableName, random = Math.random }: DynamodbTableOptions): CatalogTable {
  async function readChunk(keys: readonly ItemKey[], signal: AbortSignal): Promise<Item[]> {
    const items: Item[] = [];
    let wanted: Attributes[] = keys.map(keyAttributes);
    for (let attempt = 0; wanted.length > 0; attempt++) {
      if (attempt > 0) await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1) * (1 + random()), undefined, { signal });
      const command = new BatchGetItemCommand({
        RequestItems: { [tableName]: { Keys: wanted, ConsistentRead: true } },
      });
      const answer = await client.send(command, { abortSignal: signal });
      items.push(...(completeAnswer(answer).Responses[tableName] ?? []).map(itemOf));
      wanted = answer.UnprocessedKeys?.[tableName]?.Keys ?? [];
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
        // A start outside the condition's range is an error to DynamoDB; behind the range there is nothing.
        const inside = after.startsWith(prefix);
        if (!inside && Buffer.compare(Buffer.from(after), Buffer.from(prefix)) > 0) return { items: [] };
        const command = new QueryCommand({
          TableName: tableName,
          ConsistentRead: true,
          ...(prefix === '' ? WHOLE_PARTITION : BEGINS_WITH),
          ExpressionAttributeValues: { ':pk': { S: pk }, ...(prefix === '' ? {} : { ':prefix': { S: prefix } }) },
          ...(inside && after !== '' ? { ExclusiveStartKey: keyAttributes({ pk, sk: after }) } : {}),
          ...(limit === undefined ? {} : { Limit: limit }),
        });
        const { Items, LastEvaluatedKey } = await client.send(command, { abortSignal: signal });
        if (Items === undefined) throw incomplete();
        const next = LastEvaluatedKey?.sk?.S;
        return { items: Items.map(itemOf), ...(next === undefined ? {} : { next }) };
      }),

    write: (changes, signal) =>
      guarded(signal, async () => {
        if (changes.length > MAX_CHANGES) {
          throw new WaxsealError('internal_error', 'A transaction of the catalog is too large.');
        }
        if (changes.length === 0) return;
        const TransactItems = changes.map((change) => transactItem(tableName, change));
        await client.send(new TransactWriteItemsCommand({ TransactItems }), { abortSignal: signal });
      }),

    async *all(signal) {
      let from: Attributes | undefined;
      do {
        const command = new ScanCommand({
          TableName: tableName,
          ConsistentRead: true,
          ...(from === undefined ? {} : { ExclusiveStartKey: from }),
        });
        const page = await guarded(signal, async () => client.send(command, { abortSignal: signal }));
        if (page.Items === undefined) throw incomplete();
        yield* page.Items.map(itemOf);
        from = page.LastEvaluatedKey;
      } while (from !== undefined);
    },
  };
}

const NAMES = { '#pk': 'pk' };
const WHOLE_PARTITION = { KeyConditionExpression: '#pk = :pk', ExpressionAttributeNames: NAMES };
const BEGINS_WITH = {
  KeyConditionExpression: '#pk = :pk AND begins_with(#sk, :prefix)',
  ExpressionAttributeNames: { ...NAMES, '#sk': 'sk' },
};
const NOTHING_THERE = {
  ConditionExpression: 'attribute_not_exists(#pk)',
  ExpressionAttributeNames: NAMES,
};
const SAME_THERE = { ConditionExpression: '#data = :data', ExpressionAttributeNames: { '#data': 'data' } };

function transactItem(TableName: string, change: ItemChange): TransactWriteItem {
  const { expect } = change;
  const condition =
    expect === undefined
      ? {}
      : expect === null
        ? NOTHING_THERE
        : { ...SAME_THERE, ExpressionAttributeValues: { ':data': { S: expect } } };
  if ('put' in change) {
    return { Put: { TableName, Item: { ...keyAttributes(change), data: { S: change.put } }, ...condition } };
  }
  return { Delete: { TableName, Key: keyAttributes(change), ...condition } };
}

function keyAttributes({ pk, sk }: ItemKey): Attributes {
  return { pk: { S: pk }, sk: { S: sk } };
}

function itemOf({ pk, sk, data }: Attributes): Item {
  if (pk?.S === undefined || sk?.S === undefined || data?.S === undefined) throw incomplete();
  return { pk: pk.S, sk: sk.S, data: data.S };
}

/** Both members stand in every answer that AWS gives. One that lacks them tells nothing about the keys: not that they are absent. */
function completeAnswer({ Responses, UnprocessedKeys }: BatchGetItemCommandOutput) {
  if (Responses === undefined || UnprocessedKeys === undefined) throw incomplete();
  return { Responses };
}

function incomplete(): WaxsealError {
  return new WaxsealError('store_unavailable', 'The catalog gave an incomplete answer.', { retryAfter: 1 });
}

/** Makes a refusal of whatever goes wrong, the signal's abort included. */
async function guarded<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    signal.throwIfAborted();
    return await work();
  } catch (error) {
    if (error instanceof WaxsealError) throw error;
    const cause = bareCause(error);
    if (isConflict(error)) throw new WaxsealError('conflict', undefined, { cause });
    throw new WaxsealError('store_unavailable', undefined, { cause, retryAfter: 1 });
  }
}

/** A condition that did not hold, or another transaction on the same items. */
function isConflict(error: unknown): boolean {
  const { name, CancellationReasons: reasons } = error as { name?: string; CancellationReasons?: { Code?: string }[] };
  if (name === 'TransactionInProgressException' || name === 'TransactionConflictException') return true;
  return (
    name === 'TransactionCanceledException' &&
    (reasons ?? []).some(({ Code }) => Code === 'ConditionalCheckFailed' || Code === 'TransactionConflict')
  );
}
