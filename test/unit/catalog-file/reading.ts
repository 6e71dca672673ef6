import { parseCatalogFile } from '../../../lib/catalog-file/catalog-file.ts';
import { formatFault } from '../../../lib/catalog-file/fault.ts';
import type { CatalogEntries } from '../../../lib/entries/catalog-entries.ts';
import type { Members } from '../../../lib/entries/member.ts';

/** The faults of a file, as the operator sees them. */
export function faultsOf(text: string): string[] {
  const result = parseCatalogFile(text);
  return 'faults' in result ? result.faults.map((fault) => formatFault(fault, 'catalog.yaml')) : [];
}

/** The catalog that a file without faults means. */
export function catalogOf(text: string): CatalogEntries {
  const result = parseCatalogFile(text);
  if ('faults' in result) throw new Error(faultsOf(text).join('\n'));
  return result.catalog;
}

/** A file with one issuer, whose entry has these lines from line 3 on. */
export function withIssuer(...lines: string[]): string {
  return ['issuers:', '  - issuer: https://i.example', ...lines.map((line) => `    ${line}`)].join('\n');
}

/** A file with one mapping: `- secret:` on line 5, these lines after it. */
export function withMapping(...lines: string[]): string {
  const head = ['issuers:', '  - { issuer: https://i.example, audience: https://b.example }', '', 'mappings:'];
  return [...head, '  - secret: a', ...lines.map((line) => `    ${line}`)].join('\n');
}

/** The members that an operator may write, as a fault lists them. docs/operators.md has the same, which a test compares. */
export function listOfMembers(members: Members): string {
  return Object.keys(members)
    .filter((name) => members[name]!.written !== undefined)
    .join(', ');
}
