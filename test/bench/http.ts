import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { temporaryFolder } from './bundle.ts';
import { median } from './cpu.ts';
import type { Load } from './http-client.ts';
import type { Progress, Row } from './report.ts';

const ROUNDS = 7;
const REQUESTS = 3_000;
const IN_FLIGHT = 16;

/** CPU milliseconds of OpenBao 2.6, in memory, on such a machine: for JWT login and KV read, and for the KV read alone. */
const OPENBAO_MS: Readonly<Record<string, number>> = {
  'SQLite in memory, fresh tokens': 0.95,
  'SQLite in memory, a known token': 0.6,
};

interface Reply {
  readonly url: string;
  readonly cpu: number;
  readonly tokens: readonly string[];
  readonly seconds: number;
}

/** The embedded broker over real HTTP, with its client in another process on the same cores. */
export async function benchHttp(say: Progress): Promise<Row[]> {
  const client = start('http-client.ts');
  const servers: Record<string, ChildProcess> = {
    'in memory': start('http-server.ts', ':memory:'),
    'on disk': start('http-server.ts', join(temporaryFolder(), 'broker.db')),
  };
  const rows: Row[] = [];
  try {
    const urls = new Map<string, string>();
    for (const [name, server] of Object.entries(servers)) urls.set(name, (await reply(server)).url);
    const figures = new Map<string, { ms: number[]; rate: number[] }>();
    for (let round = 0; round <= ROUNDS; round++) {
      say(`round ${round} of ${ROUNDS}`);
      for (const [name, server] of Object.entries(servers)) {
        const fresh = (await ask(server, { mint: REQUESTS })).tokens;
        const loads = { 'fresh tokens': fresh, 'a known token': fresh.map(() => fresh[0]!) };
        for (const [kind, tokens] of Object.entries(loads)) {
          const before = (await ask(server, 'cpu')).cpu;
          const load: Load = { url: urls.get(name)!, tokens, inFlight: IN_FLIGHT };
          const { seconds } = await ask(client, load);
          const used = (await ask(server, 'cpu')).cpu - before;
          const what = `SQLite ${name}, ${kind}`;
          if (round === 0) figures.set(what, { ms: [], rate: [] });
          else {
            figures.get(what)!.ms.push(used / 1000 / REQUESTS);
            figures.get(what)!.rate.push(REQUESTS / seconds);
          }
        }
      }
    }
    for (const [what, { ms, rate }] of figures) {
      rows.push({
        what: `get over HTTP: ${what}`,
        figure: median(ms),
        unit: 'ms of the broker’s CPU',
        ...(OPENBAO_MS[what] === undefined ? {} : { limit: OPENBAO_MS[what] }),
        note: `${median(rate).toFixed(0)} a second`,
      });
    }
  } finally {
    for (const child of [client, ...Object.values(servers)]) child.kill();
  }
  return rows;
}

function start(program: string, ...args: string[]): ChildProcess {
  return fork(join(import.meta.dirname, program), args, { execArgv: ['--disable-warning=ExperimentalWarning'] });
}

async function ask(child: ChildProcess, question: 'cpu' | { mint: number } | Load): Promise<Reply> {
  const answer = reply(child);
  child.send(question);
  return answer;
}

function reply(child: ChildProcess): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const fail = () => reject(new Error('a measured process ended'));
  child.once('exit', fail);
  child.once('message', (message) => {
    child.off('exit', fail);
    resolve(message as Reply);
  });
  return promise;
}
