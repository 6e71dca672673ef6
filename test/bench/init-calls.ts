/**
 * The least that any broker's function does before its first request: it constructs the two clients and Hono, reads one secret and
 * sends one query, in parallel. Whatever the broker takes beyond this is its own.
 */
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Hono } from 'hono';
import { awsClientSettings } from '../../lib/aws/settings.ts';

const settings = awsClientSettings({ attempts: 3, connectMs: 1000, requestMs: 2000 });
const app = new Hono();
await Promise.all([
  new SecretsManagerClient(settings).send(new GetSecretValueCommand({ SecretId: 'keys' })),
  new DynamoDBClient(settings).send(
    new QueryCommand({
      TableName: 'catalog',
      KeyConditionExpression: '#pk = :pk',
      ExpressionAttributeNames: { '#pk': 'pk' },
      ExpressionAttributeValues: { ':pk': { S: 'I' } },
    }),
  ),
]);

/** Answers that it is running. */
export async function handler(): Promise<number> {
  return app.routes.length;
}
