import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of the whole project. */
export const ROOT = join(import.meta.dirname, '../../..');

/** A page of the documentation, by its path from the root. */
export function readPage(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The part of a page under a heading of any level, up to the next heading of the same level or above. */
export function section(page: string, heading: string): string {
  const lines = page.split('\n');
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading);
  if (start === -1) throw new Error(`There is no heading "${heading}".`);
  const level = /^#+/.exec(lines[start]!)![0].length;
  const rest = withoutFences(lines.slice(start + 1));
  const end = rest.findIndex((line) => /^#+ /.test(line) && /^#+/.exec(line)![0].length <= level);
  return lines.slice(start + 1, end === -1 ? undefined : start + 1 + end).join('\n');
}

/** The rows of all tables in a string, as lists of cells, without heads. Bars inside backticks are not supported. */
export function rows(text: string): string[][] {
  const lines = withoutFences(text.split('\n')).filter((line) => line.startsWith('|'));
  return lines
    .filter((line, at) => !/^\|[-|]+\|$/.test(line) && !/^\|[-|]+\|$/.test(lines[at + 1] ?? ''))
    .map((line) => line.replace(/^\|\s?|\s?\|$/g, '').split(' | '));
}

/** The words of a cell in backticks. */
export function ticked(cell: string): string[] {
  return Array.from(cell.matchAll(/`([^`]+)`/g), ([, word]) => word!);
}

/** A fenced block, with the words after its three backticks. */
export interface Fence {
  readonly info: string;
  readonly text: string;
}

/** The fenced blocks of a string, in order, including those in lists, without their indentation. */
export function fences(text: string): Fence[] {
  return Array.from(text.matchAll(/^( *)```(.+)\n([\s\S]*?)^\1```$/gm), ([, indent, info, body]) => ({
    info: info!,
    text: body!.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}

/** The lines, with those inside fenced blocks emptied: a comment of a shell is not a heading. */
export function withoutFences(lines: readonly string[]): string[] {
  let inside = false;
  return lines.map((line) => {
    const border = line.trimStart().startsWith('```');
    if (border) inside = !inside;
    return inside || border ? '' : line;
  });
}
