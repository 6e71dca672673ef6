import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readToken } from '../../../lib/token/unverified-token.ts';
import { createTestIssuer, encodePart } from '../../kit/test-issuer.ts';
import { CLAIMS, HEADER, refuse, unverified } from './unverified.ts';
import { MALFORMED } from './verifying.ts';

/** A token of exactly that many characters. No base64url string has 4n+1 characters, so two parts can grow. */
function tokenOfLength(length: number): string {
  for (let headerPad = 0; headerPad < 4; headerPad++) {
    const bare = unverified({ ...HEADER, x: 'h'.repeat(headerPad) }, { ...CLAIMS, x: '' });
    const guess = Math.floor(((length - bare.length) * 3) / 4);
    for (let pad = guess - 4; pad < guess + 4; pad++) {
      const made = unverified({ ...HEADER, x: 'h'.repeat(headerPad) }, { ...CLAIMS, x: 'p'.repeat(pad) });
      if (made.length === length) return made;
    }
  }
  throw new Error('no token has that length');
}

describe('the shape of a token', () => {
  test('is read without verifying anything', () => {
    expect(readToken(unverified(HEADER, { ...CLAIMS, jti: 'j' }))).toEqual({
      alg: 'ES256',
      kid: 'k',
      issuer: 'https://i.example',
      subject: 's',
      tokenId: 'j',
      claims: { ...CLAIMS, jti: 'j' },
    });
  });

  test('may have 8,192 characters and not one more', () => {
    expect(readToken(tokenOfLength(8192)).subject).toBe('s');
    refuse(tokenOfLength(8193), 'The token is longer than 8 KiB.');
  });

  const good = unverified();
  const [h, p, s] = good.split('.') as [string, string, string];
  test.each([
    ['nothing', ''],
    ['one part', h],
    ['two parts', `${h}.${p}`],
    ['four parts', `${good}.${s}`],
    ['an empty signature', `${h}.${p}.`],
    ['an empty header', `.${p}.${s}`],
    ['an empty payload', `${h}..${s}`],
    ['a space before', ` ${good}`],
    ['a space after', `${good} `],
    ['a line feed after', `${good}\n`],
    ['a folded line', `${h}.\r\n ${p}.${s}`],
    ['a NUL', `${good}\0`],
    ['padding', `${h}.${p}.${s}=`],
    ['the other alphabet', `${h}.${p}.${s.slice(0, -1)}+`],
    ['letters outside ASCII', `${h}.${p}.${s}ä`],
    ['spare bits in the signature', `${h}.${p}.${s.slice(0, -1)}R`],
    ['a length that base64url cannot have', `${h}.${p}.${'A'.repeat(85)}`],
    ['the scheme doubled', `Bearer ${good}`],
    ['two tokens', `${good},${good}`],
    ['the JSON serialisation', JSON.stringify({ protected: h, payload: p, signature: s })],
  ])('refuses %s', (_what, text) => refuse(text, MALFORMED));

  test('refuses spare bits in header and payload', () => {
    const [header, payload, signature] = unverified({ alg: 'ES256', x: 'x' }, { iss: 'i', sub: 'ss' }).split('.');
    const parts = [header!, payload!, signature!] as const;
    expect(parts.map((part) => part.length % 4)).toEqual([3, 2, 2]);
    for (const [at, part] of parts.entries()) {
      const other = part.slice(0, -1) + String.fromCharCode(part.charCodeAt(part.length - 1) + 1);
      expect(Buffer.from(other, 'base64url')).toEqual(Buffer.from(part, 'base64url'));
      refuse(parts.with(at, other).join('.'), MALFORMED);
    }
  });

  test('refuses an encrypted token with a text of its own', () => {
    refuse(
      `${encodePart({ alg: 'dir', enc: 'A256GCM' })}..aXY.Y2lwaGVy.dGFn`,
      'The token is encrypted, or its typ is not JWT, at+jwt or JOSE.',
    );
  });

  test.each([
    ['not JSON', '{'],
    ['an array', '[]'],
    ['null', 'null'],
    ['a string', '"x"'],
    ['a byte order mark', '\ufeff{"alg":"ES256"}'],
    ['a member twice', '{"alg":"ES256","alg":"ES256"}'],
    ['a member twice, once escaped', '{"alg":"ES256","\\u0061lg":"none"}'],
    ['a lone surrogate', '{"alg":"ES256","x":"\\ud800"}'],
    ['__proto__', '{"alg":"ES256","__proto__":{}}'],
    ['33 levels', `{"alg":"ES256","x":${'['.repeat(32)}${']'.repeat(32)}}`],
    ['followed by something else', '{"alg":"ES256"} x'],
  ])('refuses a header that is %s', (_what, header) => refuse(unverified(header), MALFORMED));

  test.each([
    ['broken JSON', '{"iss":'],
    ['an array', '[{"iss":"i","sub":"s"}]'],
    ['two subjects', '{"iss":"i","sub":"s","sub":"t"}'],
    ['two subjects, one escaped', '{"iss":"i","sub":"s","\\u0073ub":"t"}'],
    ['an infinite number', '{"iss":"i","sub":"s","exp":1e999}'],
    ['a lone surrogate', '{"iss":"i","sub":"\\udfff"}'],
    ['33 levels', `{"iss":"i","sub":"s","x":${'['.repeat(32)}${']'.repeat(32)}}`],
  ])('refuses a payload with %s', (_what, payload) => refuse(unverified(HEADER, payload), MALFORMED));

  test('refuses bytes that are not UTF-8', () => {
    refuse(`${Buffer.from('{"alg":"ES256","x":"\xff"}', 'latin1').toString('base64url')}.${p}.${s}`, MALFORMED);
  });

  test('accepts 32 levels', () => {
    expect(readToken(unverified(HEADER, `{"iss":"i","sub":"s","x":${'['.repeat(31)}${']'.repeat(31)}}`)).subject).toBe(
      's',
    );
  });
});

test('tokens that jose alone would accept are refused', async () => {
  const { compactVerify } = await import('jose');
  const issuer = await createTestIssuer();
  const duplicated = await issuer.sign('{"alg":"ES256","kid":"a","kid":"b"}', '{"iss":"i","sub":"a","sub":"b"}');
  const [h, p, s] = duplicated.split('.') as [string, string, string];
  const lax = [duplicated, `${h}.${p}.${s} `, `${h}.${p}.${s}==`];
  for (const text of lax) {
    await expect(compactVerify(text, issuer.jwk, { algorithms: ['ES256'] })).resolves.toBeDefined();
    refuse(text, MALFORMED);
  }
});

test('any string is either read or refused with a code', () => {
  const part = fc.oneof(
    fc.json().map(encodePart),
    fc
      .dictionary(fc.constantFrom('alg', 'typ', 'kid', 'crit', 'iss', 'sub', 'jti', '__proto__'), fc.jsonValue())
      .map(encodePart),
    fc.constant(encodePart(HEADER)),
    fc.constant(encodePart(CLAIMS)),
    fc.string(),
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.tuple(part, part, part).map((parts) => parts.join('.')),
  );
  const property = fc.property(text, (input) => {
    try {
      expect(typeof readToken(input).subject).toBe('string');
    } catch (error) {
      expect(error).toMatchObject({ name: 'WaxsealError', code: 'invalid_token' });
    }
  });
  fc.assert(property, { numRuns: 2000, seed: 20_261_122 });
});
