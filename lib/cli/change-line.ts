import type { Change } from '../apply/changes.ts';

const SIGNS = { created: '+', changed: '~', removed: '-' } as const;

/**
 * What a plan does to one entry, as one line: `+ mapping allow web/* to https://issuer.example svc:web:* (catalog.yaml:17)`.
 * @param file the catalog file's name, as it was typed
 */
export function changeLine(change: Change, file: string): string {
  return printable(`${SIGNS[change.change]} ${change.kind} ${describe(change, file)}`);
}

function describe(change: Change, file: string): string {
  if (change.kind !== 'mapping') return `${change.name}${notes(change.members ?? [])}`;
  const { change: turn, id, mode, effect, secret, issuer, subject, narrowed, line } = change;
  const words = [
    ...(turn === 'created' ? [] : [id]),
    ...(mode === 'shadow' ? [mode] : []),
    ...[effect, secret, 'to', issuer, subject],
  ];
  const moves = turn === 'changed' ? ['moves to another cell'] : [];
  return `${words.join(' ')}${notes(narrowed, [...moves, ...(line === undefined ? [] : [`${file}:${line}`])])}`;
}

function notes(members: readonly string[], more: readonly string[] = []): string {
  const parts = [...(members.length > 0 ? [members.join(', ')] : []), ...more];
  return parts.length === 0 ? '' : ` (${parts.join('; ')})`;
}

/** Subjects may hold anything. What moves the cursor or turns the reading order would show another rule than is written. */
function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (sign) => `\\u{${sign.codePointAt(0)!.toString(16)}}`);
}
