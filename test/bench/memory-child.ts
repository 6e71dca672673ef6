/**
 * Gets secrets, each with a fresh token and recipient of another subject, and reports its memory on the way: nothing of a request
 * may stay in memory. Arguments: after how many gets to report. Run with `--expose-gc`.
 */
import { benchBroker } from './bench-broker.ts';

/** Memory after this many gets, in bytes. `heap` includes buffers and other native memory of objects. */
export interface MemoryAt {
  readonly gets: number;
  readonly heap: number;
  readonly resident: number;
}

const IN_FLIGHT = 16;
const NAMES = 100;

const broker = await benchBroker();

async function get(n: number): Promise<void> {
  const token = await broker.issuer.token({
    sub: `repo:acme/service-${n % 5_000}`,
    environment: 'production',
    jti: `token-${n}`,
  });
  const { status } = await broker.plain('get', { secret: `bench/secret-${n % NAMES}` }, { token });
  if (status !== 200) throw new Error(`the broker answered ${status}`);
}

function report(gets: number): void {
  for (let i = 0; i < 3; i++) globalThis.gc!();
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send!({ gets, heap: heapUsed + external, resident: rss } satisfies MemoryAt);
}

let done = 0;
for (const goal of process.argv.slice(2).map(Number)) {
  const worker = async () => {
    while (done < goal) await get(done++);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  report(goal);
}
broker.close();
process.disconnect();
