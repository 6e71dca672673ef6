import { type BrokerKeySet, firstBrokerKeys, parseBrokerKeys, serializeBrokerKeys } from '../keys/broker-key-set.ts';
import { readPrivateFile, writePrivateFile } from './private-file.ts';

/** Reads the local broker's xkeys from a file, or makes them there (mode 0600), so that a restart keeps clients' pins good. */
export async function localBrokerKeys(file: string): Promise<BrokerKeySet> {
  const held = await readPrivateFile(file);
  if (held !== undefined) return parseBrokerKeys(held);
  const keys = firstBrokerKeys();
  await writePrivateFile(file, serializeBrokerKeys(keys));
  return keys;
}
