import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { awsEnvironment } from './aws-environment.ts';
import { ricPath } from './lambda-ric.ts';
import { stopTree } from './process-tree.ts';
import { installed } from './setup/part.ts';
import { dynamodbLocal } from './setup/parts-dynamodb-local.ts';
import { localstackCore, nodeProcessExecutor } from './setup/parts-localstack.ts';
import { interpreter } from './setup/python.ts';

/** A LocalStack that a test run uses. */
export interface Localstack {
  /** For example `http://127.0.0.1:41235`. */
  readonly endpoint: string;
  /** What it has logged, or undefined if we did not start it. */
  readonly log: () => string | undefined;
  /** Stops it, if we started it. None of its processes is left. */
  readonly stop: () => Promise<void>;
}

const SERVICES =
  'dynamodb,secretsmanager,kms,iam,sts,cloudformation,s3,logs,apigateway,events,scheduler,lambda,ssm,cloudwatch';
const START_MS = 90_000;
const STOP_MS = 8_000;

/**
 * Uses the LocalStack at `$WAXSEAL_LOCALSTACK_URL`, or starts one.
 *
 * A LocalStack of yours must serve the services of {@link SERVICES} with `CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES=1`, and its
 * Lambda must be able to run `nodejs24.x` functions for its own processor that reach it at `AWS_ENDPOINT_URL`: with its
 * Docker executor, or with ours.
 *
 * @throws Error if yours does not answer, or if ours does not start, then with its log.
 */
export async function useLocalstack(): Promise<Localstack> {
  const given = process.env.WAXSEAL_LOCALSTACK_URL?.replace(/\/+$/, '');
  if (!given) return startLocalstack();
  const answer = await fetch(`${given}/_localstack/health`).catch((cause) => cause as Error);
  if (answer instanceof Response && answer.ok) return { endpoint: given, log: () => undefined, stop: async () => {} };
  const reason = answer instanceof Response ? `status ${answer.status}` : String(answer.cause ?? answer);
  throw new Error(`WAXSEAL_LOCALSTACK_URL is ${given}, but no LocalStack answers there: ${reason}`);
}

/**
 * Starts LocalStack on a free loopback port, with its own folders under the system's temporary folder, so several can run at
 * once. It ends with this process at the latest.
 *
 * @throws Error with the end of its log, if it is not ready within 90 s.
 */
export async function startLocalstack(): Promise<Localstack> {
  const root = mkdtempSync(join(tmpdir(), 'waxseal-localstack-'));
  const logFile = join(root, 'localstack.log');
  const endpoint = `http://127.0.0.1:${await freePort()}`;
  linkLibraries(root);
  const child = launch(root, logFile, endpoint);
  const stop = async () => {
    await stopTree(child, STOP_MS);
    rmSync(root, { recursive: true, force: true });
  };
  if (!(await ready(child, endpoint))) {
    const log = readFileSync(logFile, 'utf8');
    await stop();
    throw new Error(`LocalStack did not start.\n${log.split('\n').slice(-60).join('\n')}`);
  }
  return { endpoint, log: () => readFileSync(logFile, 'utf8'), stop };
}

/** LocalStack looks under its root for what it would otherwise download, and asks for Java 21, although 17 is enough. */
function linkLibraries(root: string): void {
  const libraries = join(root, 'var/lib/localstack/lib');
  for (const name of ['java', 'dynamodb-local']) mkdirSync(join(libraries, name), { recursive: true });
  symlinkSync(installed(dynamodbLocal), join(libraries, 'dynamodb-local', '2'));
  symlinkSync(javaHome(), join(libraries, 'java', '21'));
}

function javaHome(): string {
  const properties = execFileSync('sh', ['-c', 'java -XshowSettings:properties -version 2>&1'], { encoding: 'utf8' });
  const home = /^\s*java\.home = (.+)$/m.exec(properties)?.[1];
  if (home === undefined) throw new Error('DynamoDB Local needs Java 17 or newer, and there is no Java on the PATH.');
  return home;
}

function launch(root: string, logFile: string, endpoint: string): ChildProcess {
  const address = new URL(endpoint);
  const environment = {
    PATH: process.env.PATH,
    HOME: root,
    TMPDIR: root,
    LANG: 'C.UTF-8',
    FILESYSTEM_ROOT: root,
    PYTHONPATH: installed(nodeProcessExecutor),
    PYTHONUNBUFFERED: '1',
    OVERRIDE_IN_DOCKER: '0',
    GATEWAY_LISTEN: address.host,
    GATEWAY_SERVER: 'hypercorn', // the default one listens on every interface, whatever GATEWAY_LISTEN says
    LOCALSTACK_HOST: `localhost:${address.port}`,
    SERVICES,
    DISABLE_EVENTS: '1',
    SKIP_SSL_CERT_DOWNLOAD: '1',
    DNS_ADDRESS: '0',
    CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES: '1',
    DYNAMODB_IN_MEMORY: '1',
    LAMBDA_RUNTIME_EXECUTOR: 'node-process',
    NODE_PROCESS_RIC: ricPath(),
    NODE_PROCESS_NODE: process.execPath,
    NO_PROXY: awsEnvironment(endpoint).NO_PROXY,
  };
  const log = openSync(logFile, 'a');
  const program = [join(import.meta.dirname, 'localstack', 'launch.py'), String(process.pid)];
  const python = interpreter(installed(localstackCore));
  const child = spawn(python, program, { cwd: root, env: environment, stdio: ['ignore', log, log] });
  closeSync(log);
  return child;
}

async function ready(child: ChildProcess, endpoint: string): Promise<boolean> {
  const deadline = Date.now() + START_MS;
  while (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
    const answer = await fetch(`${endpoint}/_localstack/init/ready`).catch(() => undefined);
    if (answer?.ok && ((await answer.json()) as { completed: boolean }).completed) return true;
    await pause(100);
  }
  return false;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
