import { ALGORITHMS, type Algorithm, defaultAlgorithms, isHttps } from '../entries/issuer.ts';
import { timestampOf } from '../entries/kind.ts';
import { SECRET } from '../entries/secret.ts';
import { isJsonObject } from '../wire/strict-json.ts';
import { decodePublicNkey } from '../xkey/nkey.ts';
import { didYouMean, type FaultList, found } from './fault.ts';
import type { Path } from './source.ts';
import { unfitKey } from './unfit-key.ts';
import { unfitRef } from './unfit-ref.ts';

/** An entry as it was read, whether or not its members are right. */
export type RawEntry = Readonly<Record<string, unknown>>;

/** The entries of one section that are objects, each with its index. */
export type RawEntries = readonly (readonly [index: number, entry: RawEntry])[];

/** The sections as they were read. */
export type RawFile = Readonly<Record<'issuers' | 'stores' | 'secrets' | 'mappings', RawEntries>>;

/** The embedded broker's issuer, which no file lists: an option makes it trusted. */
const DEVELOPMENT_ISSUER = 'https://issuer.waxseal.test';

/** Checks what members, entries and sections mean together. Looks at raw entries, so that one fault does not hide another. */
export function checkRules(file: RawFile, list: FaultList): void {
  for (const [at, entry] of file.issuers) {
    const check = entry.kind === 'nkey' ? checkNkeyIssuer : checkIssuer;
    check(['issuers', at], entry, list);
  }
  checkOnce('issuers', 'issuer', file.issuers, list);
  checkOnce('stores', 'name', file.stores, list);
  checkOnce('secrets', 'secret', file.secrets, list);
  checkStores(file, list);
  const issuers = file.issuers.map(([, entry]) => entry.issuer);
  for (const [at, entry] of file.mappings) checkMapping(['mappings', at], entry, issuers, list);
}

function checkIssuer(path: Path, entry: RawEntry, list: FaultList): void {
  if (entry.jwks !== undefined && entry.jwks_uri !== undefined) {
    list.addNameText([...path, 'jwks_uri'], 'expected only one source of keys, found jwks as well');
  }
  if (typeof entry.issuer === 'string' && !isHttps(entry.issuer)) checkPlainIssuer(path, entry, entry.issuer, list);
  const known = knownAlgorithms(entry.algorithms);
  const keys = isJsonObject(entry.jwks) && Array.isArray(entry.jwks.keys) ? entry.jwks.keys : [];
  for (const [at, key] of keys.entries()) {
    const expected = unfitKey(key, known);
    if (expected !== undefined) list.addText([...path, 'jwks', 'keys', at], `expected ${expected}`);
  }
}

/** Empty if one of them is at fault, since it is then unknown which algorithms a key must fit. */
function knownAlgorithms(algorithms: unknown): readonly Algorithm[] {
  if (algorithms === undefined) return defaultAlgorithms('oidc');
  if (!Array.isArray(algorithms)) return [];
  const known = ALGORITHMS.filter((one) => algorithms.includes(one));
  return algorithms.every((one) => known.includes(one)) ? known : [];
}

const LOOPBACK = /^http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost)(?::\d+)?(?:\/[^?#@\s\\]*)?$/;

function checkPlainIssuer(path: Path, entry: RawEntry, issuer: string, list: FaultList): void {
  const place = [...path, 'issuer'];
  if (decodePublicNkey('A', issuer) !== undefined)
    list.addText(place, 'expected kind: nkey, since the issuer is an nkey');
  else if (!LOOPBACK.test(issuer) || !URL.canParse(issuer))
    list.addText(place, 'expected an https URL without a user name, query or fragment');
  else if (entry.jwks === undefined)
    list.addText(place, 'expected jwks next to an http issuer, since its keys cannot be fetched');
}

function checkNkeyIssuer(path: Path, entry: RawEntry, list: FaultList): void {
  if (typeof entry.issuer === 'string' && decodePublicNkey('A', entry.issuer) === undefined) {
    list.addText([...path, 'issuer'], 'expected the public nkey of an account (A and 55 more characters)');
  }
  for (const member of ['jwks', 'jwks_uri']) {
    if (entry[member] !== undefined)
      list.addNameText([...path, member], "expected no keys: an nkey issuer's key is its name");
  }
  const { algorithms } = entry;
  if (Array.isArray(algorithms) && algorithms.some((one) => one !== 'Ed25519')) {
    list.addText([...path, 'algorithms'], 'expected [Ed25519], the only algorithm of nkey issuers');
  }
}

function checkOnce(section: string, member: string, entries: RawEntries, list: FaultList): void {
  const first = new Map<unknown, number>();
  for (const [at, entry] of entries) {
    const name = entry[member];
    if (name === undefined) continue;
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, at);
    else
      list.addText(
        [section, at, member],
        `expected each ${member} only once, found it in ${section}[${earlier}] as well`,
      );
  }
}

function checkStores({ stores, secrets }: RawFile, list: FaultList): void {
  const defaults = stores.filter(([, entry]) => entry.default === true);
  for (const [at] of defaults.slice(1))
    list.addText(['stores', at, 'default'], 'expected only one default store, found another');
  const direct = stores.filter(([, entry]) => entry.direct !== undefined);
  for (const [at] of direct.slice(1))
    list.addText(['stores', at, 'direct'], 'expected only one store with a direct prefix, found another');
  const names = stores.flatMap(([, { name }]) => (typeof name === 'string' ? [name] : []));
  for (const [at, { store, ref }] of secrets) {
    const [, { kind } = {}] = (store === undefined ? defaults[0] : stores.find(([, { name }]) => name === store)) ?? [];
    const expected = kind === 'secrets-manager' && isRef(ref) ? unfitRef(ref) : undefined;
    if (expected !== undefined) list.addText(['secrets', at, 'ref'], `expected ${expected}`);
    if (store === undefined && defaults.length === 0) {
      list.addText(['secrets', at, 'store'], 'expected the name of a store, since no store is the default');
    } else if (typeof store === 'string' && !names.includes(store)) {
      list.addText(
        ['secrets', at, 'store'],
        `expected one of the file's stores, found ${found(store)}${didYouMean(store, names)}`,
      );
    }
  }
}

/** Whether its own declaration has no fault to find: one is enough. */
function isRef(ref: unknown): ref is string {
  return SECRET.ref.written?.read(ref, () => undefined) !== undefined;
}

function checkMapping(path: Path, entry: RawEntry, issuers: readonly unknown[], list: FaultList): void {
  const { issuer } = entry;
  if (typeof issuer === 'string' && !issuers.includes(issuer)) {
    const names = issuers.filter((one) => typeof one === 'string');
    const hint =
      issuer === DEVELOPMENT_ISSUER
        ? ' (for the development issuer, check with --dev-issuer)'
        : didYouMean(issuer, names);
    list.addText([...path, 'issuer'], `expected one of the file's issuers, found ${found(issuer)}${hint}`);
  }
  if (entry.effect === 'deny' && entry.require !== undefined) {
    list.addNameText(
      [...path, 'require'],
      'expected no require on a deny: a deny applies however the request is bound',
    );
  }
  const from = timestampOf(entry.not_before);
  const until = timestampOf(entry.expires_at);
  if (from !== undefined && until !== undefined && from >= until) {
    list.addText([...path, 'expires_at'], 'expected a time later than not_before');
  }
}
