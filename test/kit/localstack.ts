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
  /** What it has logged, or undefined where it is somebody else's. */
  readonly log: () => string | undefined;
  /** Stops it, unless it is somebody else's. No process of it is left. */
  readonly stop: () => Promise<void>;
}

const SERVICES =
  'dynamodb,secretsmanager,kms,iam,sts,cloudformation,s3,logs,apigateway,events,scheduler,lambda,ssm,cloudwatch';
const START_MS = 90_000;
const STOP_MS = 8_000;

/**
 * The LocalStack at `$WAXSEAL_LOCALSTACK_URL`, or else one of our own.
 *
 * One that is given must serve the services of {@link SERVICES} with `CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES=1`, and its
 * Lambda must be able to run `nodejs24.x` functions for its own processor that reach it at `AWS_ENDPOINT_URL`: by its
 * Docker executor, or by ours.
 *
 * @throws Error when the given one does not answer, or ours does not start; the second holds the log.
 */
export async function useLocalstack(): Promise<Localstack> {
  const given = process.env.WAXSEAL_LOCALSTACK_URL?.replace(/\/+$/, '');
  if (!given) return startLocalstack();
  const answer = await fetch(`${given}/_localstack/health`).catch((cause) => cause as Error);
  if (answer instanceof Response && answer.ok) return { endpoint: given, log: () => undefined, stop: async () => {} };
  const reason = answer instanceof Response ? `status ${answer.status}` : String(answer.cause ?? answer);
  throw new Error(`WAXSEAL_LOCALSTACK_URL is ${given}, where no LocalStack answers: ${reason}`);
}

/**
 * Starts LocalStack on a free loopback port, with folders of its own under the system's temporary folder; several can run
 * side by side. It ends with this process at the latest.
 *
 * @throws Error with the log's end, when it has not become ready within 90 s.
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

/** LocalStack looks for what it would download under its root, and asks for Java 21 where 17 will do. */
function linkLibraries(root: string): void {
  const libraries = join(root, 'var/lib/localstack/lib');
  for (const name of ['java', 'dynamodb-local']) mkdirSync(join(libraries, name), { recursive: true });
  symlinkSync(installed(dynamodbLocal), join(libraries, 'dynamodb-local', '2'));
  symlinkSync(javaHome(), join(libraries, 'java', '21'));
}

function javaHome(): string {
  const properties = execFileSync('sh', ['-c', 'java -XshowSettings:properties -version 2>&1'], { encoding: 'utf8' });
  const home = /^\s*java\.home = (.+)$/m.exec(properties)?.[1];
  if (home === undefined) throw new Error('There is no Java 17 or newer on the PATH, which DynamoDB Local needs.');
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
