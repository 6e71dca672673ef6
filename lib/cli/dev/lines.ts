import { resolve } from 'node:path';
import type { EmbeddedBroker } from '../../embedded/embedded-broker.ts';
import type { RequestLog } from '../../http/request-log.ts';
import { jsonLine, printable, type Terminal } from '../terminal.ts';

/** The data folder of `waxseal dev` (default), in the folder that the command runs in. */
export const DATA_FOLDER = '.waxseal-dev';

/** Flags of `waxseal dev`. */
export interface DevOptions {
  readonly port: number;
  readonly data: string;
  readonly file?: string;
  readonly secrets?: string;
  readonly devIssuer?: boolean;
  readonly json?: boolean;
}

/** What `waxseal dev` prints once it serves: where, and what to type next. */
export function banner(
  { url, brokerKey, issuer, token, secret }: EmbeddedBroker,
  options: DevOptions,
  { env }: Terminal,
): string[] {
  const command = env.npm_lifecycle_event === 'dev' ? 'npm run -s waxseal --' : 'waxseal';
  const lines = [
    `waxseal dev is listening on ${url}. FOR DEVELOPMENT ONLY.`,
    `Data and keys are in ${options.data}. Delete the folder to start over.`,
    '',
  ];
  if (token === undefined) {
    return [
      ...lines,
      'In another terminal, with a token from one of your issuers in WAXSEAL_TOKEN:',
      `  export WAXSEAL_URL=${url} WAXSEAL_BROKER_KEY=${brokerKey}`,
      ...(options.devIssuer
        ? [`  export WAXSEAL_TOKEN=$(${command} dev token --sub SUBJECT${dataFlag(options)})`]
        : []),
      `  ${command} get NAME`,
      '',
      ...(issuer === undefined ? [] : [`To give these tokens access, write mappings with issuer: ${issuer}`]),
      'See docs/workloads.md for more. Requests:',
    ];
  }
  return [
    ...lines,
    'In another terminal:',
    `  export WAXSEAL_URL=${url} WAXSEAL_BROKER_KEY=${brokerKey} WAXSEAL_TOKEN=${token}`,
    `  ${command} get ${secret}`,
    '',
    'Next, try a catalog and values of your own: see README.md and docs/workloads.md. Requests:',
  ];
}

/** The `--data` that other commands need, unless the folder is their default too. */
function dataFlag({ data }: DevOptions): string {
  return data === resolve(DATA_FOLDER) ? '' : ` --data '${data}'`;
}

/** What `waxseal dev --json` prints once it serves. */
export function machineLine({ url, brokerKey, issuer, audience, token, secret }: EmbeddedBroker): string {
  return jsonLine({ url, broker_key: brokerKey, issuer, audience, token, secret });
}

/**
 * The line for one request: time, caller, secret, decision, the rule that decided, shadow rules that would have decided
 * otherwise, milliseconds. Subjects and fields are the caller's own strings, so whatever would not print is shown by its number.
 * @param rule turns a rule's id into what the line calls it
 */
export function requestLine(log: RequestLog, at: Date, rule: (id: string) => string): string {
  const time = at.toTimeString().slice(0, 8);
  const who = log.subject ?? '(not verified)';
  const what = (log.secrets ?? []).map(({ secret, field, decision, mapping, shadow = [] }) => {
    const name = field === undefined ? secret : `${secret}?field=${field}`;
    const why = mapping === undefined ? ', no mapping matches' : ` by ${rule(mapping)}`;
    const otherwise = shadow.length === 0 ? '' : ` (shadow ${shadow.map(rule).join(', ')} would decide otherwise)`;
    return `${name} ${decision}${why}${otherwise}`;
  });
  const refusal = log.code === undefined ? '' : ` ${log.status} ${log.code}: ${log.reason}`;
  const line = `${time} ${log.operation} ${who} ${what.join('; ')}${refusal} ${log.ms} ms`;
  return printable(line).replaceAll(/ {2,}/g, ' ');
}
