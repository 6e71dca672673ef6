import type { TrustedIssuer } from '../entries/issuer.ts';
import { createSharedRead } from '../sharing/shared-read.ts';
import { toRefusal } from '../wire/errors.ts';

/** Who is trusted, known without asking the catalog for each token. */
export interface IssuerDirectory {
  /**
   * The issuer of exactly that name, or undefined. Asks the catalog only where the list is too old: an unknown issuer costs
   * nothing, so a flood of invented ones costs nothing.
   * @throws WaxsealError `store_unavailable` where the list is too old and cannot be read
   */
  find(iss: string, signal: AbortSignal): Promise<TrustedIssuer | undefined>;
  /** Reads the list anew, by a read that starts after this call. @throws WaxsealError `store_unavailable` */
  refresh(signal: AbortSignal): Promise<void>;
}

/** What the directory needs. */
export interface IssuerDirectoryOptions {
  /** Reads all issuers from the catalog. */
  readonly load: (signal: AbortSignal) => Promise<readonly TrustedIssuer[]>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds for which a list serves; 30,000 unless told. */
  readonly maxAge?: number;
  /** Milliseconds that a read may take; 5,000 unless told. */
  readonly timeout?: number;
}

/** Makes the directory. One read is in flight at a time; those who wait for it keep their own deadlines. */
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
