import type { TrustedIssuer } from '../entries/issuer.ts';
import { createSharedRead } from '../sharing/shared-read.ts';
import { toRefusal } from '../wire/errors.ts';

/** The issuer list, held in memory so that a token does not cost a read of the catalog. */
export interface IssuerDirectory {
  /**
   * The issuer of exactly that name, or undefined. Reads the catalog only if the list is too old, so tokens of unknown issuers
   * cost nothing, and neither does a flood of them.
   * @throws WaxsealError `store_unavailable` if the list is too old and cannot be read
   */
  find(iss: string, signal: AbortSignal): Promise<TrustedIssuer | undefined>;
  /** Reads the list again, by a read that starts after this call. @throws WaxsealError `store_unavailable` */
  refresh(signal: AbortSignal): Promise<void>;
}

/** What the directory needs. */
export interface IssuerDirectoryOptions {
  /** Reads all issuers from the catalog. */
  readonly load: (signal: AbortSignal) => Promise<readonly TrustedIssuer[]>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds for which a list is used (default: 30,000). */
  readonly maxAge?: number;
  /** Milliseconds that a read may take (default: 5,000). */
  readonly timeout?: number;
}

/** Makes the directory. One read is in flight at a time; everyone who waits for it keeps a deadline of their own. */
export function createIssuerDirectory(options: IssuerDirectoryOptions): IssuerDirectory {
  const { load, now, maxAge = 30_000, timeout = 5_000 } = options;
  const list = createSharedRead({ read, maxAge, timeout, now });

  async function read(signal: AbortSignal): Promise<ReadonlyMap<string, TrustedIssuer>> {
    try {
      return new Map((await load(signal)).map((issuer) => [issuer.issuer, issuer]));
    } catch (error) {
      throw toRefusal(error);
    }
  }

  return {
    find: async (iss, signal) => (await list.current(signal)).get(iss),
    async refresh(signal) {
      await list.again(signal);
    },
  };
}
