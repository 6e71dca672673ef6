import { expect } from 'vitest';
import { readToken } from '../../../lib/token/unverified-token.ts';
import { encodePart } from '../../kit/test-issuer.ts';

/** Header and claims of a token that is read. */
export const HEADER = { alg: 'ES256', typ: 'JWT', kid: 'k' };
export const CLAIMS = { iss: 'https://i.example', sub: 's', aud: 'a', exp: 1 };
const SIGNATURE = Buffer.alloc(64, 1).toString('base64url');

/** A token with some signature; header and claims may be strings that are not JSON. */
export function unverified(header: object | string = HEADER, claims: object | string = CLAIMS): string {
  return `${encodePart(header as string)}.${encodePart(claims as string)}.${SIGNATURE}`;
}

/** Expects that the token is refused with that text. */
export function refuse(text: string, message: string): void {
  expect(() => readToken(text)).toThrow(expect.objectContaining({ code: 'invalid_token', message }));
}
