import { ALGORITHMS, type Algorithm } from '../entries/issuer.ts';
import { isJsonObject } from '../wire/strict-json.ts';
import { decodePublicNkey } from '../xkey/nkey.ts';
import { didYouMean, type Path } from './fault.ts';
import type { FaultList } from './issues.ts';
import { unfitKey } from './keys.ts';
import { isHttps, isLoopback } from './schema.ts';
import { found, timestampOf } from './values.ts';

/** An entry as it was read, whether or not its members are right. */
export type RawEntry = Readonly<Record<string, unknown>>;

/** The sections as they were read: those of their members that are objects, each with its index. */
export interface RawFile {
  readonly issuers: readonly (readonly [number, RawEntry])[];
  readonly stores: readonly (readonly [number, RawEntry])[];
  readonly secrets: readonly (readonly [number, RawEntry])[];
  readonly mappings: readonly (readonly [number, RawEntry])[];
}

/** What OIDC issuers sign with where the file does not say: the two that nearly all of them use. */
export const DEFAULT_ALGORITHMS: readonly Algorithm[] = ['RS256', 'ES256'];

/** The local broker's, which no file names: it is trusted where an option says so. */
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
  if (entry.audience === undefined)
    list.add([...path, 'audience'], "expected the broker's audience, but it is missing");
  if (entry.jwks !== undefined && entry.jwks_uri !== undefined) {
    list.addKey([...path, 'jwks_uri'], 'expected one source of keys, found jwks as well');
  }
  if (typeof entry.issuer === 'string' && !isHttps(entry.issuer)) checkPlainIssuer(path, entry, entry.issuer, list);
  const known = knownAlgorithms(entry.algorithms);
  const keys = isJsonObject(entry.jwks) && Array.isArray(entry.jwks.keys) ? entry.jwks.keys : [];
  for (const [at, key] of keys.entries()) {
    const expected = unfitKey(key, known);
    if (expected !== undefined) list.add([...path, 'jwks', 'keys', at], `expected ${expected}`);
  }
}

/** None where a member is at fault: which algorithms a key must fit is not known then. */
function knownAlgorithms(algorithms: unknown): readonly Algorithm[] {
  if (algorithms === undefined) return DEFAULT_ALGORITHMS;
  if (!Array.isArray(algorithms)) return [];
  const known = ALGORITHMS.filter((one) => algorithms.includes(one));
  return algorithms.every((one) => known.includes(one)) ? known : [];
}

function checkPlainIssuer(path: Path, entry: RawEntry, issuer: string, list: FaultList): void {
  const place = [...path, 'issuer'];
  if (decodePublicNkey('A', issuer) !== undefined) list.add(place, 'expected kind: nkey beside an nkey as issuer');
  else if (!isLoopback(issuer)) list.add(place, 'expected an https URL without user, query or fragment');
  else if (entry.jwks === undefined) list.add(place, 'expected jwks beside an http issuer: its keys cannot be fetched');
}

function checkNkeyIssuer(path: Path, entry: RawEntry, list: FaultList): void {
  if (typeof entry.issuer === 'string' && decodePublicNkey('A', entry.issuer) === undefined) {
    list.add([...path, 'issuer'], 'expected the public nkey of an account: A and 55 characters more');
  }
  for (const member of ['jwks', 'jwks_uri']) {
    if (entry[member] !== undefined)
      list.addKey([...path, member], "expected no keys: an nkey issuer's key is its name");
  }
  const { algorithms } = entry;
  if (Array.isArray(algorithms) && algorithms.some((one) => one !== 'Ed25519')) {
    list.add([...path, 'algorithms'], 'expected [Ed25519], the one algorithm of nkey issuers');
  }
}

function checkOnce(section: string, member: string, entries: RawFile['issuers'], list: FaultList): void {
  const first = new Map<unknown, number>();
  for (const [at, entry] of entries) {
    const name = entry[member];
    if (name === undefined) continue;
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, at);
    else list.add([section, at, member], `expected each ${member} once, found it in ${section}[${earlier}] as well`);
  }
}

function checkStores({ stores, secrets }: RawFile, list: FaultList): void {
  const defaults = stores.filter(([, entry]) => entry.default === true);
  for (const [at] of defaults.slice(1))
    list.add(['stores', at, 'default'], 'expected one default store, found another');
  const direct = stores.filter(([, entry]) => entry.direct !== undefined);
  for (const [at] of direct.slice(1))
    list.add(['stores', at, 'direct'], 'expected one store with direct, found another');
  const names = stores.flatMap(([, { name }]) => (typeof name === 'string' ? [name] : []));
  for (const [at, { store }] of secrets) {
    if (store === undefined && defaults.length === 0) {
      list.add(['secrets', at, 'store'], 'expected a store, since no store is the default');
    } else if (typeof store === 'string' && !names.includes(store)) {
      list.add(
        ['secrets', at, 'store'],
        `expected one of the file's stores, found ${found(store)}${didYouMean(store, names)}`,
      );
    }
  }
}

function checkMapping(path: Path, entry: RawEntry, issuers: readonly unknown[], list: FaultList): void {
  const { issuer } = entry;
  if (typeof issuer === 'string' && !issuers.includes(issuer)) {
    const names = issuers.filter((one) => typeof one === 'string');
    const hint =
      issuer === DEVELOPMENT_ISSUER ? ' (the development issuer? check with --dev-issuer)' : didYouMean(issuer, names);
    list.add([...path, 'issuer'], `expected one of the file's issuers, found ${found(issuer)}${hint}`);
  }
  if (entry.effect === 'deny' && entry.require !== undefined) {
    list.addKey([...path, 'require'], 'expected no require beside deny: a deny holds however the request is bound');
  }
  const from = timestampOf(entry.not_before);
  const until = timestampOf(entry.expires_at);
  if (from !== undefined && until !== undefined && from >= until) {
    list.add([...path, 'expires_at'], 'expected a time after not_before');
  }
  if (isJsonObject(entry.claims) && Object.keys(entry.claims).length === 0) {
    list.add([...path, 'claims'], 'expected at least one claim');
  }
}
