import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { requireSqlite } from '../cli/old-node.ts';
import { usageError } from '../cli/report.ts';
import type { Terminal } from '../cli/terminal.ts';
import { DATA_FILES, DATA_FOLDER } from './data-folder.ts';
import { DEV_SUBJECT, devIssuer } from './dev-issuer.ts';

const PORT = 8250;

/** Registers `waxseal dev`, the local broker, and `waxseal dev token`, which mints tokens for its development issuer. */
export function registerDev(program: Command, terminal: Terminal): void {
  const dev = program
    .command('dev')
    .description('run a broker on this machine, without AWS: for development only')
    .option('--port <n>', 'port on 127.0.0.1; 0 picks a free one', wholeNumber, PORT)
    .option('--file <catalog.yaml>', 'the catalog; without it a demonstration')
    .option('--secrets <values.json>', 'values: name → text, object, or {"binary": "base64"}')
    .option('--data <folder>', 'database and keys', DATA_FOLDER)
    .option('--dev-issuer', 'trust the development issuer beside those of the file')
    .option('--json', 'print one line of JSON once it serves; the rest goes to standard error')
    .action(async (options) => {
      requireSqlite();
      // Loaded here, so that help needs neither SQLite nor the broker.
      const { runDev } = await import('./run-dev.ts');
      await runDev({ ...options, data: resolve(options.data) }, terminal);
    });
  dev
    .command('token')
    .description('mint a token of the development issuer')
    .option('--sub <subject>', 'the subject', DEV_SUBJECT)
    .option('--claim <key=value>', 'a claim; may be repeated', collectClaim, {})
    .option('--ttl <seconds>', 'lifetime', wholeNumber, 3600)
    .option('--data <folder>', 'the broker’s data folder')
    .action(async (options: { sub: string; claim: Record<string, string>; ttl: number; data?: string }) => {
      const data = resolve(options.data ?? (dev.opts() as { data: string }).data);
      const key = join(data, DATA_FILES.devIssuer);
      // A key made now would be one that no broker trusts.
      if (!existsSync(key))
        throw usageError('That folder holds no local broker.', 'Start "waxseal dev" first, or give --data.');
      const issuer = await devIssuer(key);
      terminal.out(`${await issuer.mint(options.sub, options.claim, options.ttl)}\n`);
    });
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new InvalidArgumentError('expected a whole number');
  return number;
}

function collectClaim(text: string, claims: Record<string, string>): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('expected key=value');
  return { ...claims, [text.slice(0, at)]: text.slice(at + 1) };
}
