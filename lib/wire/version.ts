/*
 * The one grammar of versions: `current`, `previous`, a revision number, or a store's own id. Requests, references and
 * mappings share it, so that a mapping cannot name a version that no request can ask for.
 */

/** Matches aliases and stores' own ids: what a version is if it is not a number. */
export const VERSION_ID_PATTERN = /^[A-Za-z0-9._-]{1,128}$/;

/** A version as people type it: digits are a revision number, anything else an alias or a store's own id. */
export function parseVersion(text: string): string | number {
  return /^[1-9][0-9]{0,14}$/.test(text) ? Number(text) : text;
}
