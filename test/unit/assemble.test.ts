import { expect, expectTypeOf, it } from 'vitest';
import type { Foundation } from '../../lib/assemble.ts';
import { startBroker } from '../kit/broker.ts';

it('a broker is handed readers only: it can write neither the catalog nor a store', async () => {
  expectTypeOf<keyof Foundation['table']>().toEqualTypeOf<'get' | 'query'>();
  expectTypeOf<keyof ReturnType<Foundation['connect']>>().toEqualTypeOf<'get' | 'getMany'>();
  const handed: object[] = [];
  const note = <T extends object>(part: T): T => {
    handed.push(part);
    return part;
  };
  const broker = await startBroker({
    mappings: [{ secret: 'a' }],
    values: { a: 'v' },
    wrapTable: note,
    wrapStore: note,
  });
  expect((await broker.plain('get', { secret: 'a' })).status).toBe(200);
  expect(handed.map((part) => Object.keys(part).sort())).toEqual([
    ['get', 'query'],
    ['get', 'getMany'],
  ]);
  broker.close();
});
