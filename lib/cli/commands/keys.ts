import type { Command } from 'commander';
import { WaxsealError } from '../../wire/errors.ts';
import { isJsonObject, type JsonObject, own, parseStrictJson } from '../../wire/strict-json.ts';
import { parsePublicXkey } from '../../xkey/keys.ts';
import { brokerUrl, type ConnectionOptions, timeoutMs, withUrl } from '../connection.ts';
import { withHint } from '../report.ts';
import type { Terminal } from '../terminal.ts';

/** Registers `waxseal keys`: the broker's public xkeys as it shows them to anyone, which is a hint and not a source of trust. */
export function registerKeys(program: Command, terminal: Terminal): void {
  withUrl(
    program
      .command('keys')
      .summary('show the broker’s public xkeys')
      .description('Show the broker’s public xkeys. They are a hint: pin only the keys in the deployment’s outputs.'),
  )
    .option('--json', 'print the answer as JSON')
    .action(async (options: ConnectionOptions & { json?: true }) => {
      const keys = await readKeys(brokerUrl(options, terminal), timeoutMs(options), terminal.fetch ?? fetch);
      terminal.out(options.json ? `${JSON.stringify(keys)}\n` : toText(keys));
      terminal.err(
        'Anyone between you and the broker can change these. Pin only the keys in the deployment’s outputs.\n',
      );
    });
}

const CHECK = 'Check the URL and the network, then try again.';

interface ShownKeys {
  readonly current: string;
  readonly next: string | null;
  readonly previous: readonly string[];
}

async function readKeys(url: string, ms: number, fetcher: typeof fetch): Promise<ShownKeys> {
  let answer: JsonObject;
  try {
    const response = await fetcher(`${url.replace(/\/+$/, '')}/v1/keys`, {
      redirect: 'error',
      signal: AbortSignal.timeout(ms),
    });
    const body = parseStrictJson(await response.text());
    answer = response.ok && isJsonObject(body) ? body : {};
  } catch (cause) {
    throw withHint(new WaxsealError('store_unavailable', 'The broker cannot be reached.', { cause }), CHECK);
  }
  const next = own(answer, 'next');
  const previous = own(answer, 'previous');
  return {
    current: shown(own(answer, 'current')),
    next: next === null || next === undefined ? null : shown(next),
    previous: Array.isArray(previous) ? previous.map(shown) : [],
  };
}

/** Prints nothing but valid xkeys: anyone may have written the answer. */
function shown(text: unknown): string {
  try {
    return parsePublicXkey(String(text)).text;
  } catch (cause) {
    throw withHint(new WaxsealError('store_unavailable', 'The answer does not contain broker keys.', { cause }), CHECK);
  }
}

function toText({ current, next, previous }: ShownKeys): string {
  const lines = [`current\t${current}`, ...(next === null ? [] : [`next\t${next}`])];
  return `${[...lines, ...previous.map((key) => `previous\t${key}`)].join('\n')}\n`;
}
