import { WaxsealError } from './errors.ts';
import { isName } from './names.ts';
import { parseVersion } from './version.ts';

const SCHEME = 'waxseal://';

/** A secret as a reference names it: which one, and where told which field and version of it. */
export interface SecretReference {
  readonly secret: string;
  readonly field?: string;
  /** `current`, `previous`, a revision number, or a store's own id. */
  readonly version?: string | number;
}

/** Tells whether a text wants to be a reference; {@link parseReference} tells whether it is a good one. */
export function isReference(text: string): boolean {
  return text.startsWith(SCHEME);
}

/**
 * Parses `waxseal://NAME[?field=F][&version=V]`. Never with `URL`, which takes the `:` of a name for a port. The values are
 * percent-decoded (a field may be any text); the name is not, since its grammar needs no escapes.
 * @throws WaxsealError `invalid_request`, with the right spelling in the text
 */
export function parseReference(text: string): SecretReference {
  if (!isReference(text)) throw new WaxsealError('invalid_request', 'A reference starts with waxseal://.');
  if (text.includes('#')) {
    throw new WaxsealError(
      'invalid_request',
      'A field is written waxseal://NAME?field=FIELD, not with #, at which loaders of env files cut. A # inside a value is %23.',
    );
  }
  const rest = text.slice(SCHEME.length);
  const mark = rest.indexOf('?');
  const secret = mark === -1 ? rest : rest.slice(0, mark);
  if (!isName(secret)) {
    throw new WaxsealError('invalid_request', 'The reference holds no name of a secret: waxseal://NAME.');
  }
  const found = mark === -1 ? {} : parseMembers(rest.slice(mark + 1));
  return {
    secret,
    ...(found.field === undefined ? {} : { field: found.field }),
    ...(found.version === undefined ? {} : { version: parseVersion(found.version) }),
  };
}

/** Writes a reference; {@link parseReference} gives the same parts back. */
export function formatReference(reference: SecretReference): string {
  const members: string[] = [];
  if (reference.field !== undefined) members.push(`field=${encodeURIComponent(reference.field)}`);
  if (reference.version !== undefined) members.push(`version=${encodeURIComponent(reference.version)}`);
  return SCHEME + reference.secret + (members.length === 0 ? '' : `?${members.join('&')}`);
}

function parseMembers(query: string): { field?: string; version?: string } {
  const found: { field?: string; version?: string } = {};
  for (const member of query.split('&')) {
    const equals = member.indexOf('=');
    const name = member.slice(0, Math.max(equals, 0));
    // A misspelt `field` must not hand out the whole secret, so nothing unknown is passed over.
    if (name !== 'field' && name !== 'version') {
      throw new WaxsealError('invalid_request', 'After the ? a reference holds field=FIELD or version=VERSION only.');
    }
    if (found[name] !== undefined) throw new WaxsealError('invalid_request', 'The reference holds a member twice.');
    const value = decode(member.slice(equals + 1));
    if (value === '') throw new WaxsealError('invalid_request', 'The reference holds a member without a value.');
    found[name] = value;
  }
  return found;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new WaxsealError('invalid_request', 'The reference holds a % that is no percent-encoding; write %25.');
  }
}
