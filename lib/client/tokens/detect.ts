import { existsSync } from 'node:fs';
import { fromEnvironment } from './environment.ts';
import { fromFile, kubernetesFile, PROJECTED_TOKEN } from './file.ts';
import { githubActions } from './github-actions.ts';
import type { TokenSource } from './source.ts';

/** Where {@link detectTokenSource} looks. */
export interface DetectOptions {
  /** A file that the user named; it wins over everything else. */
  readonly tokenFile?: string;
  /** Used instead of `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where a pod's projected token would be. */
  readonly projectedToken?: string;
  /** Used instead of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * The token source for where this runs, the first of: a named file, `WAXSEAL_TOKEN`, `WAXSEAL_TOKEN_FILE`, GitHub Actions, a
 * projected Kubernetes token. Undefined if none of them is found.
 * @example
 * const token = detectTokenSource();
 * if (token === undefined) throw new Error('Set WAXSEAL_TOKEN or WAXSEAL_TOKEN_FILE.');
 */
export function detectTokenSource(options: DetectOptions = {}): TokenSource | undefined {
  const env = options.env ?? process.env;
  if (options.tokenFile !== undefined) return fromFile(options.tokenFile);
  if (env.WAXSEAL_TOKEN) return fromEnvironment({ env });
  if (env.WAXSEAL_TOKEN_FILE) return fromFile(env.WAXSEAL_TOKEN_FILE);
  if (env.ACTIONS_ID_TOKEN_REQUEST_URL) return githubActions({ env, fetch: options.fetch ?? globalThis.fetch });
  const projected = options.projectedToken ?? PROJECTED_TOKEN;
  return existsSync(projected) ? kubernetesFile(projected) : undefined;
}
