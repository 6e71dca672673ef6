import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { MemoryAt } from './memory-child.ts';
import type { Progress, Row } from './report.ts';

const EARLY = 10_000;

/** Memory of a broker after many gets, compared with that after ten thousand, in a separate process. */
export async function benchMemory(gets: number, say: Progress): Promise<Row[]> {
  const program = join(import.meta.dirname, 'memory-child.ts');
  const child = fork(program, [String(EARLY), String(gets)], { execArgv: ['--expose-gc'] });
  const found: MemoryAt[] = [];
  child.on('message', (message: MemoryAt) => {
    say(`${message.gets} gets: ${megabytes(message.heap)} of heap, ${megabytes(message.resident)} resident`);
    found.push(message);
  });
  const [code] = await once(child, 'exit');
  const [early, late] = [found.find((at) => at.gets === EARLY), found.find((at) => at.gets === gets)];
  if (code !== 0 || early === undefined || late === undefined) throw new Error('the measured process failed');
  const row = (what: string, of: 'heap' | 'resident'): Row => ({
    what: `${what} after ${gets.toLocaleString('en')} gets`,
    figure: late[of] / early[of],
    unit: `× after ${EARLY.toLocaleString('en')}`,
    note: `${megabytes(late[of])} against ${megabytes(early[of])}`,
    ...(of === 'heap' ? { limit: 1.1 } : {}),
  });
  return [row('heap, after garbage collection,', 'heap'), row('resident memory', 'resident')];
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
