import { existsSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { quoted, usageError } from './report.ts';

/** The data folder of `waxseal dev` (default), in the folder that the command runs in. */
export const DATA_FOLDER = '.waxseal-dev';

/**
 * Refuses a command that needs SQLite on a Node without it. SQLite came into Node with 22.13; the other commands run on older ones.
 * @throws CommanderError
 */
export function requireSqlite(): void {
  if (isBuiltin('node:sqlite')) return;
  throw usageError(`This command needs Node 22.13 or later, and this is ${process.version}.`, 'Install Node 24.');
}

/** @throws CommanderError if there is no such data folder */
export function requireDataFolder(data: string): void {
  if (existsSync(data)) return;
  throw usageError(`There is no data folder ${quoted(data)}.`, 'Create it, or let "waxseal dev" create it.');
}
