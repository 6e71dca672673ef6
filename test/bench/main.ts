/** `npm run bench`: what the broker costs, as ratios measured together in one run. No figure makes the run fail. */
import { parseArgs } from 'node:util';
import { benchAuthorise } from './authorise.ts';
import { benchGet } from './get.ts';
import { benchHttp } from './http.ts';
import { benchInit } from './init.ts';
import { benchMemory } from './memory.ts';
import { document, type Progress, type Row, table } from './report.ts';
import { benchSignature } from './signature.ts';

const HELP = `Usage: npm run bench -- [--only <parts>] [--full] [--json]

  --only <parts>  some of: get, signature, init, authorise, dynamodb, memory, http; separated by commas
  --full          the long way: a million gets for memory, 100,000 mappings in DynamoDB Local
  --json          one JSON document instead of the table

Progress goes to standard error. init and dynamodb need what "npm test" installs into its cache.
`;

const PARTS: Readonly<Record<string, (full: boolean, say: Progress) => Promise<Row[]>>> = {
  get: () => benchGet(1),
  signature: () => benchSignature(),
  init: (_, say) => benchInit(15, say),
  authorise: (_, say) => benchAuthorise(say),
  dynamodb: async (full, say) => (await import('./authorise-dynamodb.ts')).benchDynamodb(full ? 100_000 : 10_000, say),
  memory: (full, say) => benchMemory(full ? 1_000_000 : 100_000, say),
  http: (_, say) => benchHttp(say),
};

function readArguments() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: Object.keys(PARTS).join() },
      full: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const wanted = values.only.split(',').map((name) => name.trim());
  const unknown = wanted.find((name) => !Object.hasOwn(PARTS, name));
  if (unknown !== undefined) throw new Error(`There is no part "${unknown}".`);
  return { ...values, wanted };
}

async function main(): Promise<void> {
  const { help, json, full, wanted } = readArguments();
  if (help) return void process.stdout.write(HELP);
  const rows = new Map<string, Row[]>();
  for (const part of wanted) {
    const say: Progress = (text) => void process.stderr.write(`[bench] ${part}: ${text}\n`);
    say('started');
    rows.set(part, await PARTS[part]!(full, say));
  }
  console.log(json ? document(rows) : table([...rows.values()].flat()));
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
  process.exitCode = 2;
}
