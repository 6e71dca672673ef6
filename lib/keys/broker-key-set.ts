import { compact } from '../wire/compact.ts';
import { WaxsealError } from '../wire/errors.ts';
import { isJsonObject, type Json, type JsonObject, own, parseStrictJson } from '../wire/strict-json.ts';
import { generateXkey, type XkeyPair, xkeyFromSeed } from '../xkey/keys.ts';
import { encodeNkeySeed } from '../xkey/nkey.ts';

/** A broker key that was replaced and can still open requests for a while. */
export interface PreviousKey {
  readonly pair: XkeyPair;
  /** Milliseconds since 1970: from then on the key is not to be used. */
  readonly until: number;
}

/** The broker's xkeys. The private halves are handles: the object contains no seed. */
export interface BrokerKeySet {
  /** The key that clients pin, and that answers name first. */
  readonly current: XkeyPair;
  /** Published and usable already, so that clients pin it before it becomes current. */
  readonly next?: XkeyPair;
  /** Newest first. */
  readonly previous: readonly PreviousKey[];
  /** Number of the rotation that made this set: it tells a repeated rotation from a new one. `revision` in the secret. */
  readonly rotation?: number;
}

const DAY = 86_400_000;

/**
 * Reads the content of the broker's key secret:
 * `{"current":{"seed":"SX…","public":"X…"},"next":{…},"previous":[{"seed":…,"public":…,"until":"<RFC 3339>"}],"revision":1}`.
 * `next`, `previous` and `revision` may be missing. Other members are refused, since a misspelt one would lose a key unnoticed.
 * @throws WaxsealError `internal_error` if it is anything else, or a public key does not belong to its seed
 */
export function parseBrokerKeys(json: string): BrokerKeySet {
  const set = members(parse(json), ['current', 'next', 'previous', 'revision']);
  const next = own(set, 'next');
  const previous = own(set, 'previous') ?? [];
  const rotation = own(set, 'revision');
  if (!Array.isArray(previous)) throw broken();
  if (rotation !== undefined && !Number.isSafeInteger(rotation)) throw broken();
  return compact({
    current: parsePair(members(own(set, 'current'), ['seed', 'public'])),
    next: next === undefined ? undefined : parsePair(members(next, ['seed', 'public'])),
    previous: previous.map((entry) => {
      const key = members(entry, ['seed', 'public', 'until']);
      return { pair: parsePair(key), until: parseTime(own(key, 'until')) };
    }),
    rotation: typeof rotation === 'number' ? rotation : undefined,
  });
}

/** Writes a set as {@link parseBrokerKeys} reads it. The result is a secret. */
export function serializeBrokerKeys(set: BrokerKeySet): string {
  return JSON.stringify({
    current: seedAndPublic(set.current),
    next: set.next && seedAndPublic(set.next),
    previous: set.previous.map(({ pair, until }) => ({
      ...seedAndPublic(pair),
      until: new Date(until).toISOString(),
    })),
    revision: set.rotation,
  });
}

/** A deployment's first set: a current and a next key, and no previous ones. */
export function firstBrokerKeys(rotation?: number): BrokerKeySet {
  return compact({ current: generateXkey(), next: generateXkey(), previous: [], rotation });
}

/**
 * The set after one rotation: next becomes current, current stays usable as previous, a fresh next is made, and expired
 * previous keys are dropped.
 * @param now milliseconds since 1970
 * @param previousDays how long the replaced key stays usable
 */
export function rotate(set: BrokerKeySet, now: number, previousDays: number, rotation?: number): BrokerKeySet {
  return compact({
    current: set.next ?? generateXkey(),
    next: generateXkey(),
    previous: [
      { pair: set.current, until: now + previousDays * DAY },
      ...set.previous.filter((key) => key.until > now),
    ],
    rotation,
  });
}

function parse(json: string): Json {
  try {
    return parseStrictJson(json);
  } catch {
    throw broken();
  }
}

function parsePair(key: JsonObject): XkeyPair {
  const seed = own(key, 'seed');
  if (typeof seed !== 'string') throw broken();
  const pair = xkeyFromSeed(seed);
  if (own(key, 'public') !== pair.text) throw broken();
  return pair;
}

function seedAndPublic(pair: XkeyPair): { seed: string; public: string } {
  // The last 32 bytes of an X25519 private key in PKCS #8 are the key as it was given (RFC 8410 section 7).
  const raw = pair.privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
  return { seed: encodeNkeySeed('X', raw), public: pair.text };
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

function parseTime(text: Json | undefined): number {
  const time = typeof text === 'string' && RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw broken();
  return time;
}

function members(value: Json | undefined, known: readonly string[]): JsonObject {
  if (!isJsonObject(value) || Object.keys(value).some((name) => !known.includes(name))) throw broken();
  return value;
}

function broken(): WaxsealError {
  return new WaxsealError('internal_error', "The broker's key secret does not hold a set of keys.");
}
