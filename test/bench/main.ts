import { benchGet } from './get.ts';
import { type Row, table } from './report.ts';

const rows: Row[] = [];
rows.push(...(await benchGet(1)));
console.log(table(rows));
