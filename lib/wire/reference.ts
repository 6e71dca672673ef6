import { compact } from './compact.ts';
import { WaxsealError } from './errors.ts';
import { isName, parseVersion } from './names.ts';

const SCHEME = 'waxseal://';

/** A secret as a reference names it: which one, and optionally which field and version of it. */
export interface SecretReference {
  readonly secret: string;
  readonly field?: string;
  /** `current`, `previous`, a revision number, or a store's own id. */
  readonly version?: string | number;
}

/** Whether a string is meant as a reference; {@link parseReference} checks whether it is a valid one. */
export function isReference(text: string): boolean {
  return text.startsWith(SCHEME);
}

/**
 * Parses `waxseal://NAME[?field=F][&version=V]`. It never uses `URL`, which would take the `:` of a name for a port. The values
 * are percent-decoded (a field may be any string); the name is not, since its grammar needs no escapes.
 * @throws WaxsealError `invalid_request` that shows the right spelling
 */
export function parseReference(text: string): SecretReference {
  if (!isReference(text)) throw new WaxsealError('invalid_request', 'A reference must start with waxseal://.');
  if (text.includes('#')) {
    throw new WaxsealError(
      'invalid_request',
      'Write a field as waxseal://NAME?field=FIELD, not with #, which starts a comment in env files. Write a # inside a value as %23.',
    );
  }
  const rest = text.slice(SCHEME.length);
  const mark = rest.indexOf('?');
  const secret = mark === -1 ? rest : rest.slice(0, mark);
  if (!isName(secret)) {
    throw new WaxsealError('invalid_request', 'The reference does not contain a valid secret name: waxseal://NAME.');
  }
  const { field, version } = mark === -1 ? {} : parseMembers(rest.slice(mark + 1));
  return compact({ secret, field, version: version === undefined ? undefined : parseVersion(version) });
}

/** Writes a reference; {@link parseReference} returns the same parts. */
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
    // A misspelled `field` must not return the whole secret, so nothing unknown is ignored.
    if (name !== 'field' && name !== 'version') {
      throw new WaxsealError(
        'invalid_request',
        'After the ? only field=FIELD and version=VERSION are allowed in a reference.',
      );
    }
    if (found[name] !== undefined)
      throw new WaxsealError('invalid_request', 'The reference names a field or a version twice.');
    const value = decode(member.slice(equals + 1));
    if (value === '')
      throw new WaxsealError('invalid_request', 'The reference has a field or a version without a value.');
    found[name] = value;
  }
  return found;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new WaxsealError(
      'invalid_request',
      'The reference contains a % that is not a percent-encoding. Write it as %25.',
    );
  }
}
