import { createHash } from 'node:crypto';
import type { TrustedIssuer } from '../entries/issuer.ts';
import type { Mapping } from '../entries/mapping.ts';
import { isPattern } from '../entries/secret-pattern.ts';
import { findClaim } from '../mapping/claim-rules.ts';
import { isGlob } from '../mapping/glob.ts';
import type { Caller } from '../token/caller.ts';
import { WaxsealError } from '../wire/errors.ts';
import { firstSegment } from '../wire/names.ts';
import type { ItemKey } from './table.ts';

/** How many copies of an issuer's wide cells spread their load. All hold the same. */
export const COPIES = 8;

/** Partition of the list of issuers. */
export const ISSUERS = 'I';

/** Partition of the list of stores. */
export const STORES = 'T';

/** The item that counts the transactions of all applied plans, so that two applies cannot interleave unnoticed. */
export const CHANGES: ItemKey = { pk: 'C', sk: '!' };

/** Sort key of an issuer's state, next to its wide cells. No name and no pattern is spelt like it. */
export const ISSUER_STATE = '!';

/** Two components of this length and the rest of a key stay below DynamoDB's 2,048 bytes for a partition key. */
const MAX_COMPONENT_BYTES = 1000;

/** A token with more values in its anchor claim is refused: each value costs keys, and skipping one could miss a deny. */
const MAX_ANCHORS = 8;

/**
 * A string as part of a key: its length in bytes of UTF-8, then the string itself, so that no two lists of strings make the
 * same key, whatever delimiters they contain. A string that is too long for a key is replaced by its SHA-256. That starts with
 * `h`, which is not a digit, so it never equals a string that is there in full.
 */
export function component(text: string): string {
  const length = Buffer.byteLength(text);
  if (length <= MAX_COMPONENT_BYTES) return `${length}:${text}`;
  return `h:${createHash('sha256').update(text).digest('base64url')}`;
}

/** A key as one string. Sort keys contain no line break, so the last one separates the two parts. */
export function keyText({ pk, sk }: ItemKey): string {
  return `${pk}\n${sk}`;
}

/** Partition of the rules for exactly one subject. */
export function exactPartition(issuer: string, subject: string): string {
  return `E#${component(issuer)}#${component(subject)}`;
}

/** Partition of the rules that apply only below one anchor: the subject's first segments, or the anchor claim's value. */
export function anchoredPartition(issuer: string, anchor: string): string {
  return `A#${component(issuer)}#${component(anchor)}`;
}

/** Partition of an issuer's state and of its rules that neither subject nor anchor narrows. `copy` is 0 to 7. */
export function widePartition(issuer: string, copy: number): string {
  return `W#${component(issuer)}#${copy}`;
}

/** Key of an issuer's entry in the list of issuers. */
export function issuerKey(issuer: string): ItemKey {
  return { pk: ISSUERS, sk: component(issuer) };
}

/** Keys of the copies of an issuer's state. Every request reads one of them. */
export function issuerStateKeys(issuer: string): ItemKey[] {
  return Array.from({ length: COPIES }, (_, copy) => ({ pk: widePartition(issuer, copy), sk: ISSUER_STATE }));
}

/** Key of a store's entry in the list of stores. */
export function storeKey(name: string): ItemKey {
  return { pk: STORES, sk: component(name) };
}

/** Key of a secret's record. */
export function recordKey(name: string): ItemKey {
  return { pk: recordsPartition(firstSegment(name)), sk: name };
}

/** Partition of the records of all secrets whose names start with a segment. */
export function recordsPartition(segment: string): string {
  return `S#${segment}`;
}

/** What an item holds, by its key. A cell is for one subject (`exact`), for those below an anchor, or for all others (`wide`). */
export type Holding = 'issuer' | 'store' | 'record' | 'state' | 'changes' | 'exact' | 'anchored' | 'wide';

const HOLDINGS: ReadonlyMap<string, Holding> = new Map([
  [ISSUERS, 'issuer'],
  [STORES, 'store'],
  [CHANGES.pk, 'changes'],
  ['S', 'record'],
  ['E', 'exact'],
  ['A', 'anchored'],
  ['W', 'wide'],
]);

/** What an item with this key holds; undefined for any other key. */
export function holdingOf({ pk, sk }: ItemKey): Holding | undefined {
  const holding = HOLDINGS.get(pk.split('#', 1)[0]!);
  return holding === 'wide' && sk === ISSUER_STATE ? 'state' : holding;
}

/** The key of a cell as one string; the same for all copies of a wide cell. */
export function cellText(key: ItemKey): string {
  const { pk, sk } = key;
  return holdingOf(key) === 'wide' ? keyText({ pk: pk.slice(0, pk.lastIndexOf('#')), sk }) : keyText(key);
}

/** Sort key of the cell with the rules on name patterns that start with a segment. */
export function patternsSortKey(segment: string): string {
  return `${segment}/*`;
}

/** The partitions with every rule that can apply to a caller: exact, anchored, wide. */
export function callerPartitions({ issuer, subject, claims }: Caller, copy: number): string[] {
  const anchors =
    issuer.anchorClaim === undefined
      ? [subjectAnchor(subject, issuer.subjectAnchor)]
      : claimAnchors(findClaim(claims, issuer.anchorClaim));
  return [
    exactPartition(issuer.issuer, subject),
    ...anchors.map((anchor) => anchoredPartition(issuer.issuer, anchor)),
    widePartition(issuer.issuer, copy),
  ];
}

/** Keys of the cells that hold a rule: one, or the same cell in each of the copies. The issuer is the rule's own. */
export function mappingCells(mapping: Mapping, issuer: TrustedIssuer): ItemKey[] {
  const sk = isPattern(mapping.secret) ? patternsSortKey(firstSegment(mapping.secret)) : mapping.secret;
  if (!isGlob(mapping.subject)) return [{ pk: exactPartition(mapping.issuer, mapping.subject), sk }];
  const anchor = ruleAnchor(mapping, issuer);
  if (anchor !== undefined) return [{ pk: anchoredPartition(mapping.issuer, anchor), sk }];
  return Array.from({ length: COPIES }, (_, copy) => ({ pk: widePartition(mapping.issuer, copy), sk }));
}

/** The one anchor of every caller that the rule can apply to; undefined if there may be several. */
function ruleAnchor({ subject, claims }: Mapping, { anchorClaim, subjectAnchor: segments }: TrustedIssuer) {
  if (anchorClaim === undefined) {
    // Segments that end before the first wildcard are literal, so every subject that matches starts with the same ones.
    const end = endOfSegments(subject.slice(0, subject.indexOf('*')), segments);
    return end === undefined ? undefined : subject.slice(0, end);
  }
  if (claims === undefined || !Object.hasOwn(claims, anchorClaim)) return undefined;
  const rule = claims[anchorClaim];
  const only = Array.isArray(rule) && rule.length === 1 ? rule[0] : rule;
  return typeof only === 'string' && !isGlob(only) ? only : undefined;
}

/** The first segments of a subject, or all of it if it has no more. */
function subjectAnchor(subject: string, segments: number): string {
  return subject.slice(0, endOfSegments(subject, segments));
}

/** Index of the separator that ends the first `count` segments (`:` and `/` both end one); undefined if there are fewer. */
function endOfSegments(text: string, count: number): number | undefined {
  let seen = 0;
  for (let at = 0; at < text.length; at++) {
    if ((text[at] === ':' || text[at] === '/') && ++seen === count) return at;
  }
  return undefined;
}

/** The strings that a rule on the claim could be fixed to: the claim itself or, as in the decision, any member of an array. */
function claimAnchors(claim: unknown): string[] {
  const values = Array.isArray(claim) ? claim : [claim];
  const anchors = [...new Set(values.filter((value) => typeof value === 'string'))];
  if (anchors.length > MAX_ANCHORS)
    throw new WaxsealError('invalid_token', 'The token’s anchor claim has more than 8 values.');
  return anchors;
}
