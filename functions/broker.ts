import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { assemble } from '../lib/assemble.ts';
import { dynamodbLedger } from '../lib/audit/dynamodb.ts';
import { keySecret } from '../lib/aws/key-secret.ts';
import { awsClientSettings } from '../lib/aws/settings.ts';
import { dynamodbCatalogReader } from '../lib/catalog/dynamodb/reader.ts';
import { readBrokerConfig } from '../lib/config/broker-config.ts';
import { functionUrlHandler } from '../lib/http/function-url.ts';
import { createLog } from '../lib/http/log.ts';
import { parseBrokerKeys } from '../lib/keys/broker-key-set.ts';
import { openStore, type StoreParts } from '../lib/stores/openers.ts';
import { secretsManagerReader } from '../lib/stores/secrets-manager/reader.ts';
import { cachedReader } from '../lib/stores/value-cache.ts';

const config = readBrokerConfig(process.env);
const log = createLog(config.logLevel);
// Two attempts: a socket that went stale in a freeze costs one, and a table in trouble gets at most twice the calls.
const settings = awsClientSettings({ attempts: 2, connectMs: 1000, requestMs: 2000 });
const dynamodb = new DynamoDBClient(settings);
const secretsManager = new SecretsManagerClient(settings);
const stores: StoreParts = {
  'secrets-manager': { reader: secretsManagerReader({ client: secretsManager }), prefixes: config.secretPrefixes },
};
const ownKeys = keySecret({ client: secretsManager, arn: config.brokerKeySecret });

const { app, warm } = assemble({
  table: dynamodbCatalogReader({ client: dynamodb, tableName: config.catalogTable }),
  ledger: dynamodbLedger({
    client: dynamodb,
    tableName: config.ledgerTable,
    retentionDays: config.ledgerRetentionDays,
  }),
  connect: (entry) =>
    cachedReader(openStore(entry, stores), entry.name, {
      ttlMs: config.valueCacheMs,
      staleMs: config.staleMs,
      now: Date.now,
    }),
  loadKeys: async (signal) => parseBrokerKeys((await ownKeys.read(signal)) ?? ''),
  publicUrls: config.publicUrls,
  budgetMs: config.budgetMs,
  refreshAfterMs: config.refreshAfterMs,
  onRequest: (entry) => log.request(entry),
});

// The first calls to AWS go out at once. The first request joins them and gets their result.
warm(AbortSignal.timeout(3000)).catch(() => log.fault('Warming up failed; the next request tries again.'));

/** The broker behind its Function URL. */
export const handler = functionUrlHandler(app);
