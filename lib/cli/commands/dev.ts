import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { DATA_FILES } from '../../embedded/data-folder.ts';
import { DEV_SUBJECT, devIssuer } from '../../embedded/dev-issuer.ts';
import { requireSqlite } from '../catalog-table.ts';
import { DATA_FOLDER } from '../dev/lines.ts';
import { quoted, usageError } from '../report.ts';
import type { Terminal } from '../terminal.ts';

const PORT = 8250;

const DEV_EXAMPLES = `
Examples:
  $ waxseal dev
  $ waxseal dev --file catalog.yaml --secrets values.json --dev-issuer`;

const TOKEN_EXAMPLES = `
Examples:
  $ waxseal dev token --sub repo:acme/api --claim environment=production
  $ waxseal dev token --claim 'groups:=["admins"]'`;

type Claims = Readonly<Record<string, unknown>>;

/** Registers `waxseal dev`, an embedded broker, and `waxseal dev token`, which mints tokens of its development issuer. */
export function registerDev(program: Command, terminal: Terminal): void {
  const dev = program
    .command('dev')
    .summary('run a broker on this machine, for development')
    .description('Run a broker on this machine, without AWS. For development only.')
    .option('--port <n>', 'port on 127.0.0.1, or 0 for a free one', portNumber, PORT)
    .option('--file <catalog.yaml>', 'the catalog (default: a demonstration)')
    .option('--secrets <values.json>', 'values by name: strings, objects, or {"binary": "base64"}')
    .option('--data <folder>', 'folder for database and keys', DATA_FOLDER)
    .option('--dev-issuer', 'trust the development issuer in addition to those of the file')
    .option('--json', 'print one line of JSON once the broker is ready, and everything else to standard error')
    .addHelpText('after', DEV_EXAMPLES)
    .action(async (options) => {
      requireSqlite();
      // Loaded here, so that help needs neither SQLite nor the broker.
      const { runDev } = await import('../dev/run-dev.ts');
      await runDev({ ...options, data: resolve(options.data) }, terminal);
    });
  dev
    .command('token')
    .summary('mint a token from the development issuer')
    .description('Mint a token from the development issuer, for use with "waxseal dev".')
    .option('--sub <subject>', 'the subject', DEV_SUBJECT)
    .option('--claim <key=value>', 'a claim, or key:=JSON if it is not a string; may be repeated', collectClaim)
    .option('--ttl <seconds>', 'lifetime of the token', lifetime, 3600)
    .option('--data <folder>', `the broker’s data folder (default: "${DATA_FOLDER}")`)
    .addHelpText('after', TOKEN_EXAMPLES)
    .action(async (options: { sub: string; claim?: Claims; ttl: number; data?: string }) => {
      const data = resolve(options.data ?? (dev.opts() as { data: string }).data);
      const key = join(data, DATA_FILES.devIssuer);
      // A key made now would be one that no broker trusts.
      if (!existsSync(key)) {
        throw usageError(
          `Not a broker’s data folder: ${quoted(data)}.`,
          'Start "waxseal dev" first, or pass its folder as --data.',
        );
      }
      const issuer = await devIssuer(key);
      terminal.out(`${await issuer.mint(options.sub, options.claim, options.ttl)}\n`);
    });
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new InvalidArgumentError('Expected a whole number.');
  return number;
}

function portNumber(text: string): number {
  const port = wholeNumber(text);
  if (port > 65_535) throw new InvalidArgumentError('Expected a port number from 0 to 65535.');
  return port;
}

function lifetime(text: string): number {
  const seconds = wholeNumber(text);
  if (seconds === 0) throw new InvalidArgumentError('Expected at least one second.');
  return seconds;
}

/** Claims that the development issuer sets itself. */
const OWN_CLAIMS = ['iss', 'aud', 'sub', 'jti', 'iat', 'exp'];

/** `key=text`, or `key:=JSON` for a claim that is not a string. */
function collectClaim(text: string, claims: Claims | undefined): Claims {
  const at = text.indexOf('=');
  const isJson = text[at - 1] === ':';
  const name = text.slice(0, isJson ? at - 1 : at);
  if (at < 1 || name === '') throw new InvalidArgumentError('Expected key=text or key:=JSON.');
  if (OWN_CLAIMS.includes(name))
    throw new InvalidArgumentError('The issuer sets this claim itself; see --sub and --ttl.');
  return { ...claims, [name]: isJson ? parseJson(text.slice(at + 1)) : text.slice(at + 1) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('Expected JSON after :=.');
  }
}
