/**
 * An embedded broker over real HTTP, on its embedded stores: catalog, sealed value and ledger in SQLite, each request logged.
 * Argument: the database's file, or `:memory:`. Answers `{ mint }` with that many tokens, and `cpu` with the CPU microseconds
 * it has used.
 */

import { listen } from '../../lib/embedded/listen.ts';
import { createLog } from '../../lib/http/log.ts';
import { startBroker } from '../kit/broker.ts';
import { cpuMicroseconds } from './cpu.ts';
import { mintTokens } from './tokens.ts';

const log = createLog('info', () => {});
const broker = await startBroker({
  file: process.argv[2]!,
  mappings: [{ secret: 'bench/*', subject: 'repo:acme/*', claims: { environment: 'production' } }],
  values: { 'bench/secret': 'a value of about fifty bytes, like most of the keys' },
  foundation: { onRequest: (entry) => log.request(entry) },
});
const { url } = await listen(broker.app, 0);

process.on('message', async (asked: 'cpu' | { mint: number }) => {
  process.send!(asked === 'cpu' ? { cpu: cpuMicroseconds() } : { tokens: await mintTokens(broker, asked.mint) });
});
process.send!({ url });
