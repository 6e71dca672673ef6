import { createHash } from 'node:crypto';
import type { Admitted } from '../admission/admit.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { BrokerKeySet } from '../keys/broker-key-set.ts';
import { readable } from '../mapping/decide.ts';
import type { Caller } from '../token/caller.ts';
import { fromBase64url, toBase64url } from '../wire/bytes.ts';
import { compact } from '../wire/compact.ts';
import type { ListedSecret } from '../wire/envelope.ts';
import { WaxsealError } from '../wire/errors.ts';
import { isJsonObject, own, parseStrictJson } from '../wire/strict-json.ts';
import { open, seal } from '../xkey/box.ts';
import type { Ask, Listing } from './ask.ts';
import { resolveVersion } from './versions.ts';

const DEFAULT_LIMIT = 100;
const NEXT_VALID_MS = 600_000;
const NEXT_TYP = 'waxseal.list-next.v1';

/**
 * Lists what the caller may read now: every candidate that the catalog names for it is decided like a get of its current
 * version. Names that only a direct prefix would find are listed if a mapping names them exactly.
 */
export async function listSecrets(
  { question, now, signal }: Ask<'list'>,
  { caller, met }: Admitted,
  catalog: Catalog,
  keys: BrokerKeySet,
): Promise<Listing> {
  const { prefix = '', limit = DEFAULT_LIMIT, next } = question;
  const after = next === undefined ? undefined : openNext(next, caller, prefix, keys, now);
  const page = await catalog.listable(caller, compact({ prefix, limit, after }), signal);
  const secrets = page.entries.flatMap(({ name, record, mappings }): ListedSecret[] => {
    const version = resolveVersion('current', record);
    const access = { caller, secret: name, version: version.names, bindings: met, now: Math.floor(now / 1000) };
    const { whole, fields, otherFields } = readable(mappings, access);
    if (!whole && !otherFields && fields.length === 0) return [];
    return [compact({ secret: name, version: record?.current ?? 'current', fields: whole ? undefined : fields })];
  });
  return page.next === undefined ? { secrets } : { secrets, next: sealNext(page.next, caller, prefix, keys, now) };
}

/** `next` is a box from the broker's current key to itself: nobody else can read or make one. */
function sealNext(after: string, caller: Caller, prefix: string, { current }: BrokerKeySet, now: number): string {
  const content = { typ: NEXT_TYP, caller: callerHash(caller), prefix, after, until: now + NEXT_VALID_MS };
  return toBase64url(seal(Buffer.from(JSON.stringify(content)), current, current));
}

function openNext(next: string, caller: Caller, prefix: string, keys: BrokerKeySet, now: number): string {
  const content = contentOf(next, keys);
  if (!isJsonObject(content) || own(content, 'typ') !== NEXT_TYP) throw unusable();
  const until = own(content, 'until');
  const after = own(content, 'after');
  if (typeof until !== 'number' || typeof after !== 'string' || now >= until) throw unusable();
  if (own(content, 'caller') !== callerHash(caller) || own(content, 'prefix') !== prefix) throw unusable();
  return after;
}

function contentOf(next: string, keys: BrokerKeySet): unknown {
  const sealed = fromBase64url(next);
  if (sealed === undefined) throw unusable();
  // Another instance may learn of a rotation before this one does: its current key is our next.
  const others = [...(keys.next === undefined ? [] : [keys.next]), ...keys.previous.map(({ pair }) => pair)];
  for (const key of [keys.current, ...others]) {
    try {
      return parseStrictJson(open(sealed, key, key));
    } catch {
      // sealed with another of our keys, or not by us: refused if no key opens it
    }
  }
  throw unusable();
}

function callerHash({ issuer, subject }: Caller): string {
  return createHash('sha256')
    .update(JSON.stringify([issuer.issuer, subject]))
    .digest('base64url');
}

function unusable(): WaxsealError {
  return new WaxsealError('invalid_request', 'The value of next is not valid, or has expired. Start the list again.', {
    pointer: '/next',
  });
}
