import { type BrokerKeySet, firstBrokerKeys, parseBrokerKeys, serializeBrokerKeys } from '../keys/broker-key-set.ts';
import { readKeyFile, writeKeyFile } from './key-file.ts';

/** Reads the local broker's xkeys from a file, or makes them there (mode 0600), so that a restart keeps clients' pins good. */
export async function embeddedBrokerKeys(file: string): Promise<BrokerKeySet> {
  const held = await readKeyFile(file);
  if (held !== undefined) return parseBrokerKeys(held);
  const keys = firstBrokerKeys();
  await writeKeyFile(file, serializeBrokerKeys(keys));
  return keys;
}
