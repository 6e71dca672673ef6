/** Where the local broker keeps its data unless told, in the folder that it is started from. */
export const DATA_FOLDER = '.waxseal-dev';

/** The files in it. All but the database and the lock are keys, with mode 0600. */
export const DATA_FILES = {
  database: 'waxseal.db',
  lock: 'dev.lock',
  storeKey: 'store.key',
  brokerKeys: 'broker-keys.json',
  devIssuer: 'dev-issuer.json',
} as const;
