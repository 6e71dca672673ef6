import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Prerequisite } from './prerequisites.ts';

/** One thing that only tests need: what it is made from, and how. */
export interface Part {
  readonly name: string;
  /** What the result depends on besides `files`, for example versions. */
  readonly recipe: readonly string[];
  /** Files and folders that the result depends on. */
  readonly files: readonly string[];
  readonly needs: readonly Prerequisite[];
  /** Parts that must be installed first. */
  readonly after: readonly Part[];
  /** A file, relative to the part's folder, that exists when the part can be used (links are followed). */
  readonly proof: string;
  /** Builds the part into `directory`, which is then moved to its place. `workshop` is for intermediate files. */
  readonly build: (folders: { readonly directory: string; readonly workshop: string }) => Promise<void>;
}

/** A file or folder of the test kit. */
export const inKit = (...path: string[]): string => join(dirname(import.meta.dirname), ...path);

/** The folder that all runs and clones share: `$WAXSEAL_TEST_CACHE`, or `waxseal-test` in the user's cache folder. */
export function cacheDirectory(): string {
  const { WAXSEAL_TEST_CACHE, XDG_CACHE_HOME } = process.env;
  return WAXSEAL_TEST_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'waxseal-test');
}

/**
 * Where a part is. The name contains a digest of everything that it is made from, so that clones at different commits share what
 * they have in common and never see each other's changes.
 */
export function partDirectory(part: Part): string {
  return join(cacheDirectory(), `${part.name}-${digest(part).slice(0, 12)}`);
}

/** Whether a part is in the cache. */
export const isInstalled = (part: Part): boolean => existsSync(join(partDirectory(part), part.proof));

/**
 * Where an installed part is.
 *
 * @throws Error that says how to install it, if it is not there.
 */
export function installed(part: Part): string {
  if (!isInstalled(part))
    throw new Error(`${part.name} is not installed. Run "npm test", or "npx node test/kit/setup.ts".`);
  return partDirectory(part);
}

function digest(part: Part): string {
  const hash = createHash('sha256');
  const add = (text: string | Buffer) => hash.update(String(text.length)).update(':').update(text);
  for (const text of [process.platform, process.arch, ...part.recipe]) add(text);
  for (const file of part.files.flatMap(filesBelow)) add(readFileSync(file));
  for (const earlier of part.after) add(digest(earlier));
  return hash.digest('hex');
}

function filesBelow(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path).sort();
  return names
    .filter((name) => !/^(__pycache__|build|.*\.egg-info)$/.test(name))
    .flatMap((name) => filesBelow(join(path, name)));
}
