import { readFile } from 'node:fs/promises';
import type { Fault } from '../catalog-file/fault.ts';
import type { RawEntry } from '../catalog-file/rules.ts';
import type { CatalogEntries } from '../entries/catalog-entries.ts';
import { pathHint } from './hints.ts';
import { usageError } from './report.ts';
import { printedLine, type Terminal } from './terminal.ts';

/** What a check of an operator's file found. */
export type CheckedFile =
  | { readonly catalog: CatalogEntries; readonly faults: readonly []; readonly warnings: readonly Fault[] }
  | { readonly catalog?: undefined; readonly faults: readonly Fault[]; readonly warnings: readonly Fault[] };

/**
 * Reads and checks a catalog file, and writes its faults and warnings to standard error, one line each (none with `json`: the
 * caller prints them).
 * @param besides issuers that are trusted in addition to those of the file, written as entries of it
 * @throws CommanderError if the file cannot be read
 */
export async function checkFile(
  path: string,
  terminal: Terminal,
  json: boolean,
  besides: readonly RawEntry[] = [],
): Promise<CheckedFile> {
  // Loaded here, so that `waxseal get` does not wait for the YAML parser and the schemas.
  const [{ parseCatalogFile }, { formatFault }, { doubtfulRules }] = await Promise.all([
    import('../catalog-file/catalog-file.ts'),
    import('../catalog-file/fault.ts'),
    import('../catalog-file/warnings.ts'),
  ]);
  const parsed = parseCatalogFile(await read(path), besides);
  if ('faults' in parsed) {
    if (!json) for (const fault of parsed.faults) terminal.err(printedLine(formatFault(fault, path)));
    return { faults: parsed.faults, warnings: [] };
  }
  const seconds = Math.floor(Date.now() / 1000);
  const warnings = doubtfulRules(parsed.catalog, { now: seconds, local: besides.length > 0 });
  if (!json) for (const warning of warnings) terminal.err(printedLine(`warning: ${formatFault(warning, path)}`));
  return { catalog: parsed.catalog, faults: [], warnings };
}

async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause) => {
    throw usageError('The catalog file cannot be read.', pathHint(path, cause));
  });
}
