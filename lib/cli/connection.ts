import type { Command } from 'commander';
import { WaxsealClient } from '../client/client.ts';
import { detectTokenSource } from '../client/tokens/detect.ts';
import { WaxsealError } from '../wire/errors.ts';
import { usageError, withHint } from './report.ts';
import type { Terminal } from './terminal.ts';

/** The options of every command that talks to a broker. */
export interface ConnectionOptions {
  readonly url?: string;
  readonly brokerKey?: readonly string[];
  readonly tokenFile?: string;
  readonly audience?: string;
  readonly timeout?: string;
}

/** Adds the options of {@link ConnectionOptions} to a command. There is none for the token itself: argument lists are public. */
export function withConnection(command: Command): Command {
  return withUrl(command)
    .option(
      '--broker-key <xkey>',
      'the broker’s public xkey; repeat while rotating (WAXSEAL_BROKER_KEY, comma separated)',
      collect,
    )
    .option('--token-file <path>', 'file with the token (WAXSEAL_TOKEN_FILE; or the token itself in WAXSEAL_TOKEN)')
    .option('--audience <audience>', 'the broker’s audience; its URL unless told (WAXSEAL_AUDIENCE)');
}

/** Adds what a command needs that asks the broker for nothing secret. */
export function withUrl(command: Command): Command {
  return command
    .option('--url <url>', 'the broker’s URL (WAXSEAL_URL)')
    .option('--timeout <seconds>', 'time for the whole command; 10 unless told');
}

/**
 * The broker's URL, from the flag or the environment.
 * @throws CommanderError where neither has one, or what they have is none
 */
export function brokerUrl(options: ConnectionOptions, { env }: Terminal): string {
  const url = options.url ?? env.WAXSEAL_URL;
  if (!url) throw usageError('No broker is named.', 'Set WAXSEAL_URL, or give --url.');
  if (URL.canParse(url) && /^https?:/i.test(url)) return url;
  throw usageError('The broker’s URL is none.', `${urlSource(options)} is its https:// address.`);
}

function urlSource({ url }: ConnectionOptions): string {
  return url === undefined ? 'WAXSEAL_URL' : '--url';
}

/** Milliseconds that `--timeout` allows. @throws CommanderError where it is no positive number of seconds */
export function timeoutMs({ timeout }: ConnectionOptions): number {
  const seconds = timeout === undefined ? 10 : Number(timeout);
  if (seconds > 0 && seconds <= 3600) return seconds * 1000;
  throw usageError('--timeout is a number of seconds, above 0 and up to 3600.');
}

/**
 * The client that flags, environment and platform describe: a flag wins over the environment, which wins over a default.
 * @throws CommanderError where a needed part is missing; WaxsealError where a part is malformed
 */
export function connect(options: ConnectionOptions, terminal: Terminal): WaxsealClient {
  const { env } = terminal;
  const url = brokerUrl(options, terminal);
  const brokerKeys = options.brokerKey ?? (env.WAXSEAL_BROKER_KEY ?? '').split(',').map((key) => key.trim());
  if (brokerKeys.every((key) => key === '')) {
    throw usageError(
      'No broker key is pinned.',
      'Set WAXSEAL_BROKER_KEY, or give --broker-key, from the deployment’s outputs.',
    );
  }
  const own = terminal.fetch === undefined ? {} : { fetch: terminal.fetch };
  const file = options.tokenFile === undefined ? {} : { tokenFile: options.tokenFile };
  const token = detectTokenSource({ env, ...file, ...own });
  if (token === undefined) {
    throw usageError(
      'There is no token.',
      'Set WAXSEAL_TOKEN or WAXSEAL_TOKEN_FILE, or give --token-file; see docs/workloads.md.',
    );
  }
  const audience = options.audience ?? env.WAXSEAL_AUDIENCE;
  const settings = {
    url,
    brokerKeys: brokerKeys.filter((key) => key !== ''),
    token,
    timeoutMs: timeoutMs(options),
    ...(audience ? { audience } : {}),
    ...own,
  };
  try {
    return new WaxsealClient(settings);
  } catch (error) {
    throw error instanceof WaxsealError ? withHint(error, settingHint(error, options)) : error;
  }
}

/** Says where a setting came from that the client does not take: its text names the setting alone. */
function settingHint({ message }: WaxsealError, options: ConnectionOptions): string {
  if (message.startsWith('url ')) return `It comes from ${urlSource(options)}.`;
  return `It comes from ${options.brokerKey === undefined ? 'WAXSEAL_BROKER_KEY' : '--broker-key'}; take all of it, and nothing beside it.`;
}

function collect(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}
