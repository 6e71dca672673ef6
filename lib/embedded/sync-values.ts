import { timingSafeEqual } from 'node:crypto';
import { parseItem } from '../catalog/cell.ts';
import { recordKey } from '../catalog/keys.ts';
import type { CatalogTable } from '../catalog/table.ts';
import { type RecordItem, recordItemFromJson, recordItemToJson } from '../entries/record-item.ts';
import type { WritableStore } from '../stores/store.ts';
import { WaxsealError } from '../wire/errors.ts';
import type { SecretValue } from '../wire/secret-value.ts';

/** Where values from the file are kept in the embedded store. */
const REF_PREFIX = 'values/';

/** What {@link syncValues} writes to. `storeName` is the embedded store's name in the catalog. */
export interface ValuesTarget {
  readonly store: WritableStore;
  readonly storeName: string;
  readonly table: CatalogTable;
}

/**
 * Brings the embedded store to what the values file says: a changed value becomes a new revision, a name that left the file
 * is deleted. Revision numbers go on counting over both.
 * @returns the names whose value was written or deleted
 */
export async function syncValues(
  values: ReadonlyMap<string, SecretValue>,
  target: ValuesTarget,
  signal: AbortSignal,
): Promise<string[]> {
  const changed: string[] = [];
  for (const [name, value] of values) {
    if (await put(name, value, target, signal)) changed.push(name);
  }
  for await (const item of target.table.all(signal)) {
    if (!item.pk.startsWith('S#')) continue;
    const held = recordItemFromJson(parseItem(item.data));
    if (held.record?.ref === `${REF_PREFIX}${held.secret}` && !values.has(held.secret)) {
      await remove(held, target, signal);
      changed.push(held.secret);
    }
  }
  return changed;
}

async function put(name: string, value: SecretValue, target: ValuesTarget, signal: AbortSignal): Promise<boolean> {
  const { store, storeName, table } = target;
  const held = await readRecord(name, table, signal);
  if (held?.managed) {
    throw new WaxsealError(
      'conflict',
      'The catalog file registers this name under secrets, and the values file brings it: take it out of one of them.',
      {
        pointer: `/${name.replaceAll('/', '~1')}`,
      },
    );
  }
  const ref = `${REF_PREFIX}${name}`;
  const record = held?.record;
  const current = record === undefined ? undefined : await store.get({ ref, version: 'current' }, signal).catch(absent);
  if (record !== undefined && current !== undefined && sameValue(current.value, value)) return false;
  const id = await store.put(ref, value, signal);
  const number = (held?.highest ?? 0) + 1;
  const next = {
    secret: name,
    store: storeName,
    ref,
    revisions: [...(record?.revisions ?? []), { number, id }],
    current: number,
    ...(record?.current === undefined ? {} : { previous: record.current }),
  };
  await write({ secret: name, record: next, managed: false, highest: number }, table, signal);
  return true;
}

async function remove(held: RecordItem, { store, table }: ValuesTarget, signal: AbortSignal): Promise<void> {
  await write({ secret: held.secret, managed: false, highest: held.highest }, table, signal);
  await store.delete(`${REF_PREFIX}${held.secret}`, signal).catch(absent);
}

async function readRecord(name: string, table: CatalogTable, signal: AbortSignal): Promise<RecordItem | undefined> {
  const [item] = await table.get([recordKey(name)], signal);
  return item === undefined ? undefined : recordItemFromJson(parseItem(item.data));
}

async function write(item: RecordItem, table: CatalogTable, signal: AbortSignal): Promise<void> {
  await table.write([{ ...recordKey(item.secret), put: JSON.stringify(recordItemToJson(item)) }], signal);
}

function absent(error: unknown): undefined {
  if (error instanceof WaxsealError && error.code === 'not_found') return undefined;
  throw error;
}

function sameValue(one: SecretValue, other: SecretValue): boolean {
  const [a, b] = [one.reveal(), other.reveal()];
  if (typeof a !== typeof b) return false;
  const [x, y] = [Buffer.from(a as string), Buffer.from(b as string)];
  return x.length === y.length && timingSafeEqual(x, y);
}
