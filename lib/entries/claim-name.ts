import { stringOf } from './kind.ts';

/** What can name a claim: a member's name, or a JSON pointer (RFC 6901) if it starts with `/`. */
export const claimName = stringOf(
  { expected: 'a claim name, or a JSON pointer that starts with /' },
  256,
  /^(?:[^/]|\/(?:[^~]|~[01])*$)/,
);

/** The steps of a JSON pointer; undefined if a `~` is followed by anything but 0 or 1 (RFC 6901 section 3). */
export function parsePointer(pointer: string): string[] | undefined {
  if (/~(?![01])/.test(pointer)) return undefined;
  return pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}
