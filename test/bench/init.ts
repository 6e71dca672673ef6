import { runFunction } from '../kit/lambda-function.ts';
import { packageStack, readPackage } from '../kit/package-stack.ts';
import { bundle, unpack } from './bundle.ts';
import { median } from './cpu.ts';
import { serveLoopbackAws } from './loopback-aws.ts';
import type { Progress, Row } from './report.ts';

/** `GET /v1/keys` as a Function URL passes it on. */
const FIRST_REQUEST = {
  version: '2.0',
  routeKey: '$default',
  rawPath: '/v1/keys',
  rawQueryString: '',
  headers: { host: 'bench.lambda-url.us-east-1.on.aws' },
  requestContext: {
    accountId: 'anonymous',
    apiId: 'broker',
    domainName: 'bench.lambda-url.us-east-1.on.aws',
    http: { method: 'GET', path: '/v1/keys', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'bench' },
    requestId: 'first',
    routeKey: '$default',
    stage: '$default',
  },
  isBase64Encoded: false,
};

interface Figures {
  /** Milliseconds from the start of the process until it asks for its first event. */
  readonly initialisation: number[];
  /** Milliseconds until its first event is answered. */
  readonly answered: number[];
  /** Peak memory in bytes. */
  readonly peak: number[];
}

/** Start of the packaged broker under aws-lambda-ric, compared with functions that only import, or also call, the same clients. */
export async function benchInit(runs: number, say: Progress): Promise<Row[]> {
  say('packaging');
  const { zips } = readPackage((await packageStack()).directory);
  const aws = await serveLoopbackAws();
  const settings = {
    WAXSEAL_CATALOG_TABLE: 'catalog',
    WAXSEAL_LEDGER_TABLE: 'ledger',
    WAXSEAL_BROKER_KEY_SECRET: 'keys',
    WAXSEAL_SECRET_PREFIXES: 'bench/',
  };
  const environment = { ...aws.environment, ...settings };
  const functions = {
    empty: {
      directory: unpack([{ name: 'empty.mjs', content: Buffer.from('export const handler = async () => 1;') }]),
      handler: 'empty.handler',
    },
    // As anybody would bundle it. The broker's package leaves out the SDK's chain of credentials, which Lambda never needs.
    imports: { directory: unpack([await bundle('init-imports', { alias: {} })]), handler: 'init-imports.handler' },
    bare: { directory: unpack([await bundle('init-imports')]), handler: 'init-imports.handler' },
    calls: { directory: unpack([await bundle('init-calls')]), handler: 'init-calls.handler' },
    broker: { directory: unpack(zips.broker.entries), handler: 'functions/broker.handler' },
  };
  const figures = await measure(functions, environment, runs, say).finally(() => aws.close());

  const at = (name: string, what: keyof Figures) => median(figures.get(name)![what]);
  const ms = (name: string) => `${at(name, 'initialisation').toFixed(0)} ms`;
  const ratio = (name: string, what: keyof Figures) =>
    median(figures.get('broker')![what].map((figure, run) => figure / figures.get(name)![what][run]!));
  const megabytes = (name: string) => at(name, 'peak') / 1e6;
  return [
    {
      what: 'initialisation of the broker',
      figure: ratio('imports', 'initialisation'),
      unit: '× a function that only imports',
      limit: 1.3,
      note: `${ms('broker')} against ${ms('imports')}; an empty function ${ms('empty')}`,
    },
    {
      what: 'initialisation of the broker',
      figure: ratio('bare', 'initialisation'),
      unit: '× the same with the broker’s own cuts',
      note: `against ${ms('bare')}`,
    },
    {
      what: 'initialisation of the broker',
      figure: ratio('calls', 'initialisation'),
      unit: '× a function that also calls',
      note: `against ${ms('calls')}`,
    },
    {
      what: 'from the start of the process to the first answer',
      figure: ratio('calls', 'answered'),
      unit: '× a function that also calls',
      note: `${at('broker', 'answered').toFixed(0)} ms against ${at('calls', 'answered').toFixed(0)} ms`,
    },
    {
      what: 'package, unzipped',
      figure: zips.broker.entries.reduce((sum, { content }) => sum + content.length, 0) / 1000,
      unit: 'KB',
      limit: 600,
      note: `zipped ${(zips.broker.bytes.length / 1000).toFixed(0)} KB; no source map in it`,
    },
    {
      what: 'most memory during initialisation',
      figure: megabytes('broker'),
      unit: 'MB resident',
      note: `a function that only imports ${megabytes('imports').toFixed(0)} MB, an empty one ${megabytes('empty').toFixed(0)} MB`,
    },
  ];
}

interface Packaged {
  readonly directory: string;
  readonly handler: string;
}

async function measure(
  functions: Readonly<Record<string, Packaged>>,
  environment: Readonly<Record<string, string>>,
  runs: number,
  say: Progress,
): Promise<Map<string, Figures>> {
  const figures = new Map<string, Figures>();
  for (let run = 0; run <= runs; run++) {
    say(`start ${run} of ${runs}`);
    for (const [name, where] of Object.entries(functions)) {
      const started = performance.now();
      const running = await runFunction({ ...where, environment });
      const { peak } = running.memory();
      const { ok, payload } = await running.invoke(FIRST_REQUEST);
      const answered = performance.now() - started;
      await running.stop();
      if (!ok || (name === 'broker' && !payload.includes('"statusCode":200'))) throw new Error(`${name}: ${payload}`);
      if (run === 0) figures.set(name, { initialisation: [], answered: [], peak: [] });
      else {
        figures.get(name)!.initialisation.push(running.initialisation);
        figures.get(name)!.answered.push(answered);
        figures.get(name)!.peak.push(peak);
      }
    }
  }
  return figures;
}
