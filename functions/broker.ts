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
import { secretsManagerStore } from '../lib/stores/secrets-manager/reader.ts';
import { withinPrefixes } from '../lib/stores/secrets-manager/within-prefixes.ts';
import { cachedStore } from '../lib/stores/value-cache.ts';
import { WaxsealError } from '../lib/wire/errors.ts';

const config = readBrokerConfig(process.env);
const log = createLog(config.logLevel);
// Two attempts: a socket gone stale in a freeze costs one, and a table in trouble gets at most twice the calls.
const settings = awsClientSettings({ attempts: 2, connectMs: 1000, requestMs: 2000 });
const dynamodb = new DynamoDBClient(settings);
const secretsManager = new SecretsManagerClient(settings);
const ownKeys = keySecret({ client: secretsManager, arn: config.brokerKeySecret });

const { app, warm } = assemble({
  table: dynamodbCatalogReader({ client: dynamodb, tableName: config.catalogTable }),
  ledger: dynamodbLedger({
    client: dynamodb,
    tableName: config.ledgerTable,
    retentionDays: config.ledgerRetentionDays,
  }),
  connect: ({ name, kind }) => {
    if (kind !== 'secrets-manager')
      throw new WaxsealError('store_unavailable', 'This broker has no store of that kind.');
    const store = withinPrefixes(secretsManagerStore({ client: secretsManager }), config.secretPrefixes);
    return cachedStore(store, name, {
      ttlMs: config.valueCacheMs,
      staleMs: config.staleMs,
      now: Date.now,
    });
  },
  loadKeys: async (signal) => parseBrokerKeys((await ownKeys.read(signal)) ?? ''),
  publicUrls: config.publicUrls,
  budgetMs: config.budgetMs,
  refreshAfterMs: config.refreshAfterMs,
  onRequest: (entry) => log.request(entry),
});

// The first calls to AWS go out at once; the first request joins them, and learns what becomes of them.
warm(AbortSignal.timeout(3000)).catch(() => log.fault('Warming up failed; the next request tries again.'));

/** The broker behind its Function URL. */
export const handler = functionUrlHandler(app);
