import { join } from 'node:path';
import { openDatabase } from '../../lib/embedded/database.ts';
import type { CatalogTable } from '../kit/catalog-table.ts';
import { sqliteTable } from '../kit/catalog-table.ts';
import { temporaryFolder } from './bundle.ts';
import { compare } from './cpu.ts';
import { authoriser, fillWith, GROWTHS } from './many-mappings.ts';
import type { Progress, Row } from './report.ts';

const SIZES = [10, 1_000, 100_000];

/** What authorising costs as the number of mappings grows, in SQLite on disk. */
export async function benchAuthorise(say: Progress): Promise<Row[]> {
  const rows: Row[] = [];
  for (const growth of GROWTHS) {
    const folder = temporaryFolder();
    const contenders = [];
    const trips = new Map<string, () => number>();
    for (const size of SIZES) {
      say(`writing ${size} mappings, ${growth.what}`);
      const database = openDatabase(join(folder, `${size}.db`));
      database.exec('PRAGMA synchronous = OFF'); // only while it is being filled, which is not measured
      const { table, reads } = counting(sqliteTable(database));
      await fillWith(growth, size, table);
      database.exec('PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE)');
      trips.set(String(size), reads);
      contenders.push({ name: String(size), task: authoriser(growth, size, table) });
    }
    const course = { rounds: 15, times: 2_000, inFlight: 1 };
    const found = await compare(contenders, course);
    for (const size of SIZES.slice(1)) {
      const each = (name: string) => trips.get(name)!() / ((course.rounds + 1) * course.times);
      rows.push({
        what: `authorising with ${size.toLocaleString('en')} mappings: ${growth.what}`,
        figure: found.ratio(String(size), '10'),
        unit: '× with 10',
        limit: 1.2,
        note: `${each(String(size))} round trip (with 10: ${each('10')}), ${found.microseconds(String(size)).toFixed(0)} µs`,
      });
    }
  }
  return rows;
}

function counting(table: CatalogTable): { table: CatalogTable; reads: () => number } {
  let reads = 0;
  const get: CatalogTable['get'] = (keys, signal) => {
    reads++;
    return table.get(keys, signal);
  };
  return { table: { ...table, get }, reads: () => reads };
}
