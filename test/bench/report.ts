/** One line of the bench. `limit`: what the figure must not pass. */
export interface Row {
  readonly what: string;
  readonly figure: number;
  readonly unit: string;
  readonly limit?: number;
  readonly note?: string;
}

/** Rows as a Markdown table. */
export function table(rows: readonly Row[]): string {
  const lines = rows.map(({ what, figure, unit, limit, note }) => {
    const shown = `${figure >= 100 ? figure.toFixed(0) : figure.toFixed(2)} ${unit}`;
    return `| ${what} | ${shown} | ${limit === undefined ? '' : `≤ ${limit}`} | ${note ?? ''} |`;
  });
  return ['| what | figure | limit | |', '|---|---|---|---|', ...lines].join('\n');
}
