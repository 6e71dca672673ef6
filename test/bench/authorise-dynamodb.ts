import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { awsClientSettings } from '../../lib/aws/settings.ts';
import { dynamodbCatalogReader } from '../../lib/catalog/dynamodb/reader.ts';
import { awsClientSettings as testSettings } from '../kit/aws-environment.ts';
import { useLocalstack } from '../kit/localstack.ts';
import { compare, wallMicroseconds } from './cpu.ts';
import { authoriser, fillWith, GROWTHS } from './many-mappings.ts';
import { memoryTable } from './memory-parts.ts';
import type { Progress, Row } from './report.ts';

/** How long authorising takes with 10 and with many mappings in DynamoDB Local, by the clock: most of it is not our process. */
export async function benchDynamodb(many: number, say: Progress): Promise<Row[]> {
  say('starting LocalStack');
  const localstack = await useLocalstack();
  // The first call waits until LocalStack has started DynamoDB Local; a second attempt would find the table of the first.
  const settings = awsClientSettings({ attempts: 1, connectMs: 60_000, requestMs: 120_000 });
  const client = new DynamoDBClient({ ...settings, ...testSettings(localstack.endpoint) });
  let calls = 0;
  client.middlewareStack.add(
    (next) => (args) => {
      calls++;
      return next(args);
    },
    { step: 'deserialize' },
  );
  try {
    const growth = GROWTHS[0]!;
    const contenders = [];
    const trips = new Map<string, number>();
    for (const size of [10, many]) {
      const tableName = `bench-${crypto.randomUUID()}`;
      say(`writing ${size} mappings`);
      await createTable(client, tableName);
      const wanted = memoryTable();
      await fillWith(growth, size, wanted);
      const items = await Array.fromAsync(wanted.all(AbortSignal.timeout(60_000)));
      await writeAll(client, tableName, items);
      const task = authoriser(growth, size, dynamodbCatalogReader({ client, tableName }));
      const before = calls;
      await task(0);
      trips.set(String(size), calls - before);
      contenders.push({ name: String(size), tableName, task });
    }
    say('measuring');
    const course = { rounds: 15, times: 100, inFlight: 1, clock: wallMicroseconds };
    const found = await compare(contenders, course);
    for (const { tableName } of contenders) await client.send(new DeleteTableCommand({ TableName: tableName }));
    return [
      {
        what: `authorising with ${many.toLocaleString('en')} mappings in DynamoDB Local: ${growth.what}`,
        figure: found.ratio(String(many), '10'),
        unit: '× with 10',
        limit: 1.2,
        note: `${trips.get(String(many))} round trip (with 10: ${trips.get('10')}), ${(found.microseconds(String(many)) / 1000).toFixed(1)} ms`,
      },
    ];
  } finally {
    client.destroy();
    await localstack.stop();
  }
}

async function createTable(client: DynamoDBClient, TableName: string): Promise<void> {
  const keys = ['pk', 'sk'] as const;
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: keys.map((AttributeName, at) => ({ AttributeName, KeyType: at === 0 ? 'HASH' : 'RANGE' })),
    }),
  );
}

async function writeAll(
  client: DynamoDBClient,
  tableName: string,
  items: readonly { pk: string; sk: string; data: string }[],
): Promise<void> {
  const requests = items.map(({ pk, sk, data }): WriteRequest => {
    return { PutRequest: { Item: { pk: { S: pk }, sk: { S: sk }, data: { S: data } } } };
  });
  let next = 0;
  async function worker(): Promise<void> {
    while (next < requests.length) {
      const from = next;
      next += 25;
      const command = new BatchWriteItemCommand({ RequestItems: { [tableName]: requests.slice(from, from + 25) } });
      const { UnprocessedItems } = await client.send(command);
      if (Object.keys(UnprocessedItems ?? {}).length > 0) throw new Error('DynamoDB left items unwritten');
    }
  }
  await Promise.all(Array.from({ length: 8 }, worker));
}
