import type { Command } from 'commander';
import { WaxsealClient } from '../client/client.ts';
import { detectTokenSource } from '../client/tokens/detect.ts';
import { compact } from '../wire/compact.ts';
import { WaxsealError } from '../wire/errors.ts';
import { quoted, usageError, withHint } from './report.ts';
import type { Terminal } from './terminal.ts';

/** The options of every command that talks to a broker. */
export interface ConnectionOptions {
  readonly url?: string;
  readonly brokerKey?: readonly string[];
  readonly tokenFile?: string;
  readonly audience?: string;
  readonly timeout?: string;
}

/** Adds the options of {@link ConnectionOptions} to a command. The token itself is not an option, since argument lists are public. */
export function withConnection(command: Command): Command {
  return withUrl(command)
    .option(
      '--broker-key <xkey>',
      'the broker’s public xkey; may be repeated (env: WAXSEAL_BROKER_KEY, comma separated)',
      collect,
    )
    .option('--token-file <path>', 'a file with your token (env: WAXSEAL_TOKEN_FILE, or the token in WAXSEAL_TOKEN)')
    .option('--audience <audience>', 'the broker’s audience (default: its URL; env: WAXSEAL_AUDIENCE)');
}

/** Adds the options that a command needs if it asks the broker for nothing secret. */
export function withUrl(command: Command): Command {
  return command
    .option('--url <url>', 'the broker’s URL (env: WAXSEAL_URL)')
    .option('--timeout <seconds>', 'time limit for the whole command (default: 10)');
}

/**
 * The broker's URL, from the flag or the environment.
 * @throws CommanderError if neither has one, or it is not a URL
 */
export function brokerUrl(options: ConnectionOptions, { env }: Terminal): string {
  const url = options.url ?? env.WAXSEAL_URL;
  if (!url) throw usageError('No broker URL is set.', 'Set WAXSEAL_URL or pass --url.');
  if (URL.canParse(url) && /^https?:/i.test(url)) return url;
  // Whatever could be a password stays hidden: all that precedes the last @, and all that follows a ? or #.
  const shown = url.replace(/^(https?:\/\/)?.*@/is, '$1…@').replace(/([?#]).+/s, '$1…');
  throw usageError(
    `Not a valid broker URL: ${quoted(shown)}.`,
    `${sourceOf('url', options)} must be the broker’s https:// address.`,
  );
}

/** Milliseconds that `--timeout` allows. @throws CommanderError if it is not a positive number of seconds */
export function timeoutMs({ timeout }: ConnectionOptions): number {
  const seconds = timeout === undefined ? 10 : Number(timeout);
  if (seconds > 0 && seconds <= 3600) return seconds * 1000;
  throw usageError(
    `Not a valid --timeout: ${quoted(String(timeout))}.`,
    'Pass a number of seconds, more than 0 and at most 3600.',
  );
}

/**
 * The client that flags, environment and platform describe: a flag wins over the environment, which wins over a default.
 * @throws CommanderError if a needed part is missing; WaxsealError if a part is malformed
 */
export function connect(options: ConnectionOptions, terminal: Terminal): WaxsealClient {
  const { env, fetch } = terminal;
  const url = brokerUrl(options, terminal);
  const brokerKeys = options.brokerKey ?? (env.WAXSEAL_BROKER_KEY ?? '').split(',').map((key) => key.trim());
  if (brokerKeys.every((key) => key === '')) {
    throw usageError(
      'No broker key is set.',
      'Set WAXSEAL_BROKER_KEY or pass --broker-key, with the key from the deployment’s outputs.',
    );
  }
  const token = detectTokenSource(compact({ env, tokenFile: options.tokenFile, fetch }));
  if (token === undefined) {
    throw usageError(
      'No token was found.',
      'Set WAXSEAL_TOKEN or WAXSEAL_TOKEN_FILE, or pass --token-file. See docs/workloads.md.',
    );
  }
  const settings = compact({
    url,
    brokerKeys: brokerKeys.filter((key) => key !== ''),
    token,
    timeoutMs: timeoutMs(options),
    audience: (options.audience ?? env.WAXSEAL_AUDIENCE) || undefined,
    fetch,
  });
  try {
    return new WaxsealClient(settings);
  } catch (error) {
    throw error instanceof WaxsealError ? withHint(error, settingHint(error, options)) : error;
  }
}

/** Flag, environment variable and {@link ConnectionOptions} of each setting that the client checks. */
const SOURCES = {
  url: ['--url', 'WAXSEAL_URL', 'url'],
  brokerKeys: ['--broker-key', 'WAXSEAL_BROKER_KEY', 'brokerKey'],
} as const satisfies Record<string, readonly [string, string, keyof ConnectionOptions]>;

function sourceOf(setting: keyof typeof SOURCES, options: ConnectionOptions): string {
  const [flag, variable, option] = SOURCES[setting];
  return options[option] === undefined ? variable : flag;
}

/** Says where the setting at fault came from. */
function settingHint({ setting }: WaxsealError, options: ConnectionOptions): string {
  if (setting === 'brokerKeys') return `Copy the whole key into ${sourceOf(setting, options)}, and nothing else.`;
  if (setting === 'url') return `Correct the URL in ${sourceOf(setting, options)}.`;
  return 'Check the command’s options.';
}

function collect(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}
