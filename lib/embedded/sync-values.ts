import { timingSafeEqual } from 'node:crypto';
import { parseItem } from '../catalog/cell.ts';
import { holdingOf, recordKey } from '../catalog/item-keys.ts';
import type { CatalogWriter } from '../catalog/table.ts';
import { type RecordItem, recordItemFromJson, recordItemToJson } from '../entries/secret.ts';
import type { EmbeddedStore } from '../stores/embedded/store.ts';
import { compact } from '../wire/compact.ts';
import { WaxsealError } from '../wire/errors.ts';
import type { SecretValue } from '../wire/secret-value.ts';

/** Where values from the file are kept in the embedded store. */
const REF_PREFIX = 'values/';

/** What {@link syncValues} changes; it reads values only to see which ones differ. `storeName` is the embedded store's name in the catalog. */
export interface ValuesTarget extends EmbeddedStore {
  readonly storeName: string;
  readonly table: CatalogWriter;
}

/**
 * Brings the embedded store in line with the values file: a changed value becomes a new revision, a name that left the file
 * is deleted. Revision numbers keep counting through both.
 * @throws WaxsealError `conflict` if the catalog file registers one of the names; `store_unavailable`
 */
export async function syncValues(
  values: ReadonlyMap<string, SecretValue>,
  target: ValuesTarget,
  signal: AbortSignal,
): Promise<void> {
  const records = await readRecords(target.table, signal);
  for (const [name, value] of values) await put(name, value, records.get(name), target, signal);
  for (const held of records.values()) {
    if (held.record?.ref === refOf(held.secret) && !values.has(held.secret)) await remove(held, target, signal);
  }
}

async function readRecords(table: CatalogWriter, signal: AbortSignal): Promise<Map<string, RecordItem>> {
  const records = new Map<string, RecordItem>();
  for await (const item of table.all(signal)) {
    if (holdingOf(item) === 'record') records.set(item.sk, recordItemFromJson(parseItem(item.data)));
  }
  return records;
}

async function put(
  name: string,
  value: SecretValue,
  held: RecordItem | undefined,
  { reader, writer, storeName, table }: ValuesTarget,
  signal: AbortSignal,
): Promise<void> {
  if (held?.managed) {
    throw new WaxsealError(
      'conflict',
      'The catalog file registers this name under secrets, and the values file has it too. Remove it from one of them.',
      { setting: 'secrets', pointer: `/${name.replaceAll('/', '~1')}` },
    );
  }
  const ref = refOf(name);
  const record = held?.record;
  const current =
    record === undefined ? undefined : await reader.get({ ref, version: 'current' }, signal).catch(absent);
  if (current !== undefined && sameValue(current.value, value)) return;
  const id = await writer.put(ref, value, signal);
  const number = (held?.highest ?? 0) + 1;
  const next = compact({
    secret: name,
    store: storeName,
    ref,
    revisions: [...(record?.revisions ?? []), { number, id }],
    current: number,
    previous: record?.current,
  });
  await write({ secret: name, record: next, managed: false, highest: number }, table, signal);
}

async function remove(held: RecordItem, { writer, table }: ValuesTarget, signal: AbortSignal): Promise<void> {
  await write({ secret: held.secret, managed: false, highest: held.highest }, table, signal);
  await writer.delete(refOf(held.secret), signal).catch(absent);
}

async function write(item: RecordItem, table: CatalogWriter, signal: AbortSignal): Promise<void> {
  await table.write([{ ...recordKey(item.secret), put: JSON.stringify(recordItemToJson(item)) }], signal);
}

function refOf(name: string): string {
  return `${REF_PREFIX}${name}`;
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
