/**
 * The broker's initialisation is compared with this function, which only imports the same two SDK clients and Hono. They are in its
 * answer so that the bundler keeps them. Nothing is constructed and nothing is called.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Hono } from 'hono';

/** Names what was imported. */
export async function handler(): Promise<string[]> {
  return [DynamoDBClient, SecretsManagerClient, Hono].map(({ name }) => name);
}
