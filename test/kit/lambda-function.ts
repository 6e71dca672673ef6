import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { ricPath } from './lambda-ric.ts';
import { type FunctionAnswer, serveRuntimeApi } from './runtime-api.ts';

/** A packaged function and how to run it. */
export interface FunctionSettings {
  /** The unpacked package, the function's `/var/task`. */
  readonly directory: string;
  /** For example `functions/broker.handler`. */
  readonly handler: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Milliseconds until an event's deadline (at which nothing ends the function). Default: 30,000. */
  readonly timeout?: number;
}

/** Memory of a process in bytes: now, and its peak. */
export interface Memory {
  readonly resident: number;
  readonly peak: number;
}

/** A function that runs under aws-lambda-ric, without an emulator. */
export interface RunningFunction {
  /** Milliseconds from the start of the process until it asked for its first event. */
  readonly initialisation: number;
  /**
   * Sends it an event and returns its answer.
   *
   * @throws Error with what the function wrote, if its process ends before it answers.
   */
  readonly invoke: (event: unknown) => Promise<FunctionAnswer>;
  readonly memory: () => Memory;
  /** What it has written to standard output and error. */
  readonly output: () => string;
  readonly stop: () => Promise<void>;
}

/**
 * Runs a packaged function as Lambda does: with the pinned Node, aws-lambda-ric and the Runtime API. Its environment is only
 * `environment` and what Lambda itself sets.
 *
 * @throws Error with the reported cause, if it cannot initialise.
 */
export async function runFunction(settings: FunctionSettings): Promise<RunningFunction> {
  const arn = 'arn:aws:lambda:us-east-1:000000000000:function:local';
  const api = await serveRuntimeApi(arn, settings.timeout ?? 30_000);
  const environment = {
    PATH: process.env.PATH,
    TZ: ':UTC',
    AWS_REGION: 'us-east-1',
    AWS_LAMBDA_FUNCTION_NAME: 'local',
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
    AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/local',
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    LAMBDA_TASK_ROOT: settings.directory,
    _HANDLER: settings.handler,
    ...settings.environment,
    AWS_LAMBDA_RUNTIME_API: api.address,
  };
  const started = performance.now();
  const child = spawn(process.execPath, [ricPath(), settings.handler], { cwd: settings.directory, env: environment });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const ended = once(child, 'close').then(() => {
    throw new Error(`The function's process ended with ${child.exitCode ?? child.signalCode}.\n${output}`);
  });
  ended.catch(() => {}); // if nobody waits for the end, it is not a failure
  const stop = async () => {
    child.kill('SIGKILL');
    await ended.catch(() => {});
    await api.close();
  };
  try {
    const error = await Promise.race([api.initialised, ended]);
    if (error !== undefined) throw new Error(`The function could not initialise: ${error}`);
  } catch (failure) {
    await stop();
    throw failure;
  }
  return {
    initialisation: performance.now() - started,
    invoke: (event) => Promise.race([api.invoke(event), ended]),
    memory: () => memoryOf(child.pid!),
    output: () => output,
    stop,
  };
}

function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? Number.NaN) * 1024;
  return { resident: bytes('VmRSS'), peak: bytes('VmHWM') };
}
