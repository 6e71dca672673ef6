import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { assemble } from '../lib/assemble.ts';
import { dynamodbLedger } from '../lib/audit/dynamodb.ts';
import { awsClientSettings } from '../lib/aws/settings.ts';
import { dynamodbTable } from '../lib/catalog/dynamodb.ts';
import { readBrokerConfig } from '../lib/config/broker-config.ts';
import { functionUrlHandler } from '../lib/http/function-url.ts';
import { createLog } from '../lib/http/log.ts';
import { type BrokerKeySet, parseBrokerKeys } from '../lib/keys/broker-key-set.ts';
import { secretsManagerStore } from '../lib/stores/secrets-manager.ts';
import { cachedStore } from '../lib/stores/value-cache.ts';
import { WaxsealError } from '../lib/wire/errors.ts';

const config = readBrokerConfig(process.env);
const log = createLog(config.logLevel);
const settings = awsClientSettings({ attempts: 3, connectMs: 1000, requestMs: 2000 });
const dynamodb = new DynamoDBClient(settings);
const secretsManager = new SecretsManagerClient(settings);

const { app, warm } = assemble({
  table: dynamodbTable({ client: dynamodb, tableName: config.catalogTable }),
  ledger: dynamodbLedger({
    client: dynamodb,
    tableName: config.ledgerTable,
    retentionDays: config.ledgerRetentionDays,
  }),
  connect: ({ name, kind }) => {
    if (kind !== 'secrets-manager')
      throw new WaxsealError('store_unavailable', 'This broker has no store of that kind.');
    return cachedStore(secretsManagerStore({ client: secretsManager }), name, {
      ttlMs: config.valueCacheMs,
      staleMs: config.staleMs,
      now: Date.now,
    });
  },
  loadKeys,
  publicUrls: config.publicUrls,
  budgetMs: config.budgetMs,
  refreshAfterMs: config.refreshAfterMs,
  onRequest: (entry) => log.request(entry),
});

async function loadKeys(signal: AbortSignal): Promise<BrokerKeySet> {
  try {
    const command = new GetSecretValueCommand({ SecretId: config.brokerKeySecret });
    const { SecretString } = await secretsManager.send(command, { abortSignal: signal });
    return parseBrokerKeys(SecretString ?? '');
  } catch (cause) {
    throw new WaxsealError('store_unavailable', 'The broker’s keys cannot be read.', { cause, retryAfter: 1 });
  }
}

// Initialisation has CPU to spare. What fails here is tried again by the first request, which then tells.
await warm(AbortSignal.timeout(3000)).catch(() => log.fault('Warming up failed; the first request tries again.'));

/** The broker behind its Function URL. */
export const handler = functionUrlHandler(app);
