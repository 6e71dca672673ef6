import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type AttributeValue, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import {
  DeleteFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
  waitUntilPublishedVersionActive,
} from '@aws-sdk/client-lambda';
import { awsClientSettings, awsEnvironment } from './aws-environment.ts';
import { sendBrokerKeyEvent } from './broker-key-event.ts';
import { type Deployment, deployStack } from './deployment.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { logLines } from './function-log.ts';

const CLI = join(import.meta.dirname, '..', '..', 'lib', 'cli', 'main.ts');

/** A broker deployed on LocalStack, between two proxies. */
export interface DeployedBroker {
  readonly deployment: Deployment;
  /** In front of the Function URL: its `url` is the broker's, its calls are the requests. */
  readonly front: FaultProxy;
  /** Behind the function: its calls are those to AWS, its faults are AWS's. */
  readonly aws: FaultProxy;
  /** The broker's public keys, as the stack's output would have them: current and next. */
  readonly pins: () => readonly string[];
  /** Makes the next keys current, as raising `BrokerKeyRevision` does. */
  readonly rotateKeys: () => Promise<void>;
  /** Publishes a new version behind the URL, so that the next request gets a new execution environment, with these variables. */
  readonly renew: (variables?: Readonly<Record<string, string>>) => Promise<void>;
  /** Writes a catalog with the CLI. @throws Error with what it printed, unless it exits with 0 */
  readonly apply: (catalog: object) => Promise<void>;
  readonly ledger: () => Promise<Record<string, AttributeValue>[]>;
  readonly log: () => Promise<string[]>;
  /** Invokes the function directly, as its URL never would. */
  readonly invoke: (event: unknown) => Promise<unknown>;
  /** Ends the function's processes, and the proxies. */
  readonly close: () => Promise<void>;
}

/** Deploys the stack, makes its keys, and points its function at the fault proxy. */
export async function startDeployedBroker(
  endpoint: string,
  parameters: Readonly<Record<string, string>>,
): Promise<DeployedBroker> {
  const deployment = await deployStack(endpoint, parameters);
  const { outputs, resources } = deployment;
  const FunctionName = resources.BrokerLambdaFunction!;
  const KeyFunctionName = resources.BrokerKeyLambdaFunction!;
  const lambda = new LambdaClient(awsClientSettings(endpoint));
  const dynamodb = new DynamoDBClient(awsClientSettings(endpoint));
  const aws = await startFaultProxy(endpoint);
  // Without the port, since AWS's Function URLs have none.
  const front = await startFaultProxy(endpoint, new URL(outputs.BrokerUrl!).hostname);
  let revision = 0;
  let pins: readonly string[] = [];

  async function rotateKeys(): Promise<void> {
    revision += 1;
    const { Status, Reason, Data } = await sendBrokerKeyEvent(lambda, KeyFunctionName, revision);
    if (Status !== 'SUCCESS') throw new Error(`BrokerKeys: ${Reason}`);
    pins = Data!.Keys!.split(',');
  }

  async function renew(variables: Readonly<Record<string, string>> = {}): Promise<void> {
    const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    const turned = { AWS_ENDPOINT_URL: aws.url, WAXSEAL_REVISION: crypto.randomUUID() };
    const Variables = { ...Environment?.Variables, ...turned, ...variables };
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
    const waiting = { client: lambda, minDelay: 0.2, maxDelay: 1, maxWaitTime: 60 };
    await waitUntilFunctionUpdatedV2(waiting, { FunctionName });
    const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName }));
    await waitUntilPublishedVersionActive(waiting, { FunctionName, Qualifier: Version! });
    await lambda.send(new UpdateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: Version! }));
  }

  await rotateKeys();
  await renew();

  return {
    deployment,
    front,
    aws,
    pins: () => pins,
    rotateKeys,
    renew,
    apply: (catalog) => applyByCli(catalog, outputs.CatalogTableName!, endpoint),
    async ledger() {
      const items: Record<string, AttributeValue>[] = [];
      const question = { TableName: outputs.LedgerTableName!, ConsistentRead: true };
      for await (const { Items = [] } of paginateScan({ client: dynamodb }, question)) items.push(...Items);
      return items;
    },
    // LocalStack 4.13 logs only to this group, whatever the function's LoggingConfig says.
    log: () => logLines(endpoint, `/aws/lambda/${FunctionName}`),
    async invoke(event) {
      const command = new InvokeCommand({ FunctionName, Qualifier: 'live', Payload: JSON.stringify(event) });
      const { FunctionError, Payload } = await lambda.send(command);
      if (FunctionError) throw new Error(`The function failed: ${Payload?.transformToString()}`);
      return JSON.parse(Payload?.transformToString() ?? 'null');
    },
    async close() {
      await Promise.all([front.close(), aws.close()]);
      for (const name of [FunctionName, KeyFunctionName])
        await lambda.send(new DeleteFunctionCommand({ FunctionName: name }));
      lambda.destroy();
      dynamodb.destroy();
    },
  };
}

async function applyByCli(catalog: object, table: string, endpoint: string): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'waxseal-catalog-'));
  const file = join(directory, 'catalog.yaml');
  writeFileSync(file, JSON.stringify(catalog));
  const args = ['--disable-warning=ExperimentalWarning', CLI, 'apply', file, '--table', table, '--yes'];
  const env = { PATH: process.env.PATH, ...awsEnvironment(endpoint) };
  try {
    await promisify(execFile)(process.execPath, args, { env }).catch((failure) => {
      throw new Error(`waxseal apply failed.\n${failure.stdout}${failure.stderr}`);
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
}
