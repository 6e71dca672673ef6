import { resolve } from 'node:path';
import { formatFault } from '../../catalog-file/fault.ts';
import { DATA_FOLDER } from '../../embedded/data-folder.ts';
import {
  CatalogFileError,
  CatalogPlanError,
  type EmbeddedBroker,
  startEmbeddedBroker,
} from '../../embedded/embedded-broker.ts';
import { toRefusal, WaxsealError } from '../../wire/errors.ts';
import type { Terminal } from '../terminal.ts';
import { requestLine } from './request-line.ts';
import { watchFiles } from './watch.ts';

/** Flags of `waxseal dev`. */
export interface DevOptions {
  readonly port: number;
  readonly data: string;
  readonly file?: string;
  readonly secrets?: string;
  readonly devIssuer?: boolean;
  readonly json?: boolean;
}

/** Runs the local broker until it is told to stop; SIGTERM and SIGINT end it with exit code 0. */
export async function runDev(options: DevOptions, terminal: Terminal): Promise<void> {
  const say = (text: string) => (options.json ? terminal.err : terminal.out)(`${text}\n`);
  const rule = (id: string) => {
    const position = broker.position(id);
    return position === undefined ? id : `${options.file}:${position.line} (${id})`;
  };
  let broker: EmbeddedBroker;
  try {
    broker = await startEmbeddedBroker({ ...options, onRequest: (log) => say(requestLine(log, new Date(), rule)) });
  } catch (error) {
    tellFaults(error, options, say);
    throw error;
  }
  const files = [options.file, options.secrets].filter((file) => file !== undefined);
  const stopWatching = watchFiles(files, () => {
    broker.reload().then(
      () => say('Files changed: the broker now goes by them.'),
      (error: unknown) => {
        tellFaults(error, options, say);
        say(`Files changed, but the broker goes on with what it had: ${toRefusal(error).message}`);
      },
    );
  });
  if (options.json) terminal.out(`${JSON.stringify(machineLine(broker))}\n`);
  for (const line of banner(broker, options, terminal)) say(line);
  await stopSignal();
  stopWatching();
  await broker.close();
}

function machineLine({ url, brokerKey, issuer, audience, token, secret }: EmbeddedBroker): object {
  return { url, broker_key: brokerKey, issuer, audience, token, secret };
}

function banner(
  { url, brokerKey, issuer, token, secret }: EmbeddedBroker,
  options: DevOptions,
  { env }: Terminal,
): string[] {
  const command = env.npm_lifecycle_event === 'dev' ? 'npm run -s waxseal --' : 'waxseal';
  const lines = [
    `waxseal dev serves ${url} on this machine. FOR DEVELOPMENT ONLY.`,
    `Data and keys are in ${options.data}; delete the folder to start afresh.`,
    '',
  ];
  if (token === undefined) {
    return [
      ...lines,
      'In another terminal, with a token of one of your issuers in WAXSEAL_TOKEN:',
      `  export WAXSEAL_URL=${url} WAXSEAL_BROKER_KEY=${brokerKey}`,
      ...(options.devIssuer
        ? [`  export WAXSEAL_TOKEN=$(${command} dev token --sub SUBJECT${dataFlag(options)})`]
        : []),
      `  ${command} get NAME`,
      '',
      ...(issuer === undefined ? [] : [`In mappings the issuer of these tokens is ${issuer}.`]),
      'Read on: docs/workloads.md. Requests:',
    ];
  }
  return [
    ...lines,
    'In another terminal:',
    `  export WAXSEAL_URL=${url} WAXSEAL_BROKER_KEY=${brokerKey} WAXSEAL_TOKEN=${token}`,
    `  ${command} get ${secret}`,
    '',
    'Then your own catalog and values: README.md has both. Read on: docs/workloads.md. Requests:',
  ];
}

/** The folder where it is not the one that every command takes unless told. */
function dataFlag({ data }: DevOptions): string {
  return data === resolve(DATA_FOLDER) ? '' : ` --data '${data}'`;
}

function tellFaults(error: unknown, options: DevOptions, say: (text: string) => void): void {
  const { file = 'catalog.yaml', secrets = 'values.json' } = options;
  if (error instanceof CatalogFileError) for (const fault of error.faults) say(formatFault(fault, file));
  else if (error instanceof CatalogPlanError) for (const fault of error.faults) say(fault);
  else if (error instanceof WaxsealError && error.pointer !== undefined) {
    const name = error.pointer.slice(1).replaceAll('~1', '/').replaceAll('~0', '~');
    say(`${secrets}, at ${JSON.stringify(name)}:`);
  }
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
}
