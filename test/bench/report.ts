import { availableParallelism } from 'node:os';

/** One line of the bench. The figure must not exceed `limit`. */
export interface Row {
  readonly what: string;
  readonly figure: number;
  readonly unit: string;
  readonly limit?: number;
  readonly note?: string;
}

/** Prints on standard error what is being done. */
export type Progress = (text: string) => void;

/** Whether a row's figure exceeds its limit. */
export function isOver({ figure, limit }: Row): boolean {
  return limit !== undefined && figure > limit;
}

/** Rows as a Markdown table. A figure that exceeds its limit is in bold, with OVER next to the limit. */
export function table(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const { what, figure, unit, limit, note } = row;
    const shown = `${figure >= 100 ? figure.toFixed(0) : figure.toFixed(2)} ${unit}`;
    const bound = limit === undefined ? '' : `≤ ${limit}`;
    const [a, b] = isOver(row) ? [`**${shown}**`, `${bound} **OVER**`] : [shown, bound];
    return `| ${what} | ${a} | ${b} | ${note ?? ''} |`;
  });
  return ['| what | figure | limit | |', '|---|---|---|---|', ...lines].join('\n');
}

/** The rows of each part as one JSON document, with the machine they were measured on. */
export function document(parts: ReadonlyMap<string, readonly Row[]>): string {
  const rows = Array.from(parts, ([part, list]) => list.map((row) => ({ part, ...row, over: isOver(row) }))).flat();
  const machine = {
    node: process.version,
    platform: process.platform,
    arch: process.arch,
    cores: availableParallelism(),
  };
  return JSON.stringify({ machine, rows }, null, 2);
}
