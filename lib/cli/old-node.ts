import { isBuiltin } from 'node:module';
import { usageError } from './report.ts';

/**
 * Refuses what needs SQLite on a Node that has none: it came into Node itself with 22.13, and the other commands run on older
 * ones.
 * @throws CommanderError
 */
export function requireSqlite(): void {
  if (!isBuiltin('node:sqlite')) throw usageError('This needs Node 22.13 or later.', 'Install Node 24.');
}
