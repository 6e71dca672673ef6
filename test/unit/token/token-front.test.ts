import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readToken } from '../../../lib/token/token-front.ts';
import { createTestIssuer, encodePart, type TestIssuer } from '../../kit/test-issuer.ts';
import { MALFORMED } from './verifying.ts';

const HEADER = { alg: 'ES256', typ: 'JWT', kid: 'k' };
const CLAIMS = { iss: 'https://i.example', sub: 's', aud: 'a', exp: 1 };
const SIGNATURE = Buffer.alloc(64, 1).toString('base64url');

function token(header: object | string = HEADER, claims: object | string = CLAIMS, signature = SIGNATURE): string {
  return `${encodePart(header as string)}.${encodePart(claims as string)}.${signature}`;
}

function refuse(text: string, message: string): void {
  expect(() => readToken(text)).toThrow(expect.objectContaining({ code: 'invalid_token', message }));
}

/** A token of exactly that many characters. Base64url has no text of 4n+1 characters, hence two parts that can grow. */
function tokenOfLength(length: number): string {
  for (let headerPad = 0; headerPad < 4; headerPad++) {
    const bare = token({ ...HEADER, x: 'h'.repeat(headerPad) }, { ...CLAIMS, x: '' });
    const guess = Math.floor(((length - bare.length) * 3) / 4);
    for (let pad = guess - 4; pad < guess + 4; pad++) {
      const made = token({ ...HEADER, x: 'h'.repeat(headerPad) }, { ...CLAIMS, x: 'p'.repeat(pad) });
      if (made.length === length) return made;
    }
  }
  throw new Error('no token has that length');
}

describe('the shape of a token', () => {
  test('reads a good one without verifying anything', () => {
    expect(readToken(token(HEADER, { ...CLAIMS, jti: 'j' }))).toEqual({
      alg: 'ES256',
      kid: 'k',
      issuer: 'https://i.example',
      subject: 's',
      tokenId: 'j',
      claims: { ...CLAIMS, jti: 'j' },
    });
  });

  test('takes 8,192 characters and not one more', () => {
    expect(readToken(tokenOfLength(8192)).subject).toBe('s');
    refuse(tokenOfLength(8193), 'The token is too long.');
  });

  const good = token();
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
    ['a length that base64url does not have', `${h}.${p}.${'A'.repeat(85)}`],
    ['the scheme doubled', `Bearer ${good}`],
    ['two tokens', `${good},${good}`],
    ['the JSON serialisation', JSON.stringify({ protected: h, payload: p, signature: s })],
  ])('refuses %s', (_what, text) => refuse(text, MALFORMED));

  test('refuses spare bits in header and payload', () => {
    const [header, payload, signature] = token({ alg: 'ES256', x: 'x' }, { iss: 'i', sub: 'ss' }).split('.');
    const parts = [header!, payload!, signature!] as const;
    expect(parts.map((part) => part.length % 4)).toEqual([3, 2, 2]);
    for (const [at, part] of parts.entries()) {
      const other = part.slice(0, -1) + String.fromCharCode(part.charCodeAt(part.length - 1) + 1);
      expect(Buffer.from(other, 'base64url')).toEqual(Buffer.from(part, 'base64url'));
      refuse(parts.with(at, other).join('.'), MALFORMED);
    }
  });

  test('refuses an encrypted token as of another kind', () => {
    refuse(
      `${encodePart({ alg: 'dir', enc: 'A256GCM' })}..aXY.Y2lwaGVy.dGFn`,
      'The token is of a kind that is not accepted here.',
    );
  });

  test.each([
    ['no JSON', '{'],
    ['an array', '[]'],
    ['null', 'null'],
    ['a text', '"x"'],
    ['a byte order mark', '\ufeff{"alg":"ES256"}'],
    ['a member twice', '{"alg":"ES256","alg":"ES256"}'],
    ['a member twice, once escaped', '{"alg":"ES256","\\u0061lg":"none"}'],
    ['a lone surrogate', '{"alg":"ES256","x":"\\ud800"}'],
    ['__proto__', '{"alg":"ES256","__proto__":{}}'],
    ['33 levels', `{"alg":"ES256","x":${'['.repeat(32)}${']'.repeat(32)}}`],
    ['something behind it', '{"alg":"ES256"} x'],
  ])('refuses a header that is %s', (_what, header) => refuse(token(header), MALFORMED));

  test.each([
    ['no JSON', '{"iss":'],
    ['an array', '[{"iss":"i","sub":"s"}]'],
    ['two subjects', '{"iss":"i","sub":"s","sub":"t"}'],
    ['two subjects, one escaped', '{"iss":"i","sub":"s","\\u0073ub":"t"}'],
    ['an infinite number', '{"iss":"i","sub":"s","exp":1e999}'],
    ['a lone surrogate', '{"iss":"i","sub":"\\udfff"}'],
    ['33 levels', `{"iss":"i","sub":"s","x":${'['.repeat(32)}${']'.repeat(32)}}`],
  ])('refuses a payload with %s', (_what, payload) => refuse(token(HEADER, payload), MALFORMED));

  test('refuses bytes that are not UTF-8', () => {
    refuse(`${Buffer.from('{"alg":"ES256","x":"\xff"}', 'latin1').toString('base64url')}.${p}.${s}`, MALFORMED);
  });

  test('takes 32 levels', () => {
    expect(readToken(token(HEADER, `{"iss":"i","sub":"s","x":${'['.repeat(31)}${']'.repeat(31)}}`)).subject).toBe('s');
  });
});

describe('the header', () => {
  test.each([
    'none',
    'None',
    'NONE',
    'nOnE',
    '',
    'HS256',
    'HS384',
    'HS512',
    'es256',
    'ES256K',
    'RSA1_5',
    'dir',
    'ed25519',
    'constructor',
    'ML-DSA-44',
    ' ES256',
    'ES256\0',
    null,
    1,
    true,
    ['ES256'],
    { toString: 'ES256' },
  ])('refuses alg %j', (alg) => refuse(token({ ...HEADER, alg }), MALFORMED));

  test('refuses a header without alg', () => refuse(token({ typ: 'JWT' }), MALFORMED));

  test.each([
    { crit: ['b64'], b64: false },
    { crit: ['exp'] },
    { crit: [] },
    { crit: null },
    { b64: true },
    { b64: false },
  ])('refuses the extension %j', (extension) =>
    refuse(token({ ...HEADER, ...extension }), 'The token uses an extension that is not accepted.'),
  );

  test.each([undefined, 'JWT', 'jwt', 'Jwt', 'at+jwt', 'AT+JWT', 'application/jwt', 'application/at+jwt'])(
    'takes typ %j',
    (typ) => expect(readToken(token({ ...HEADER, typ })).subject).toBe('s'),
  );

  test.each([
    'dpop+jwt',
    'application/dpop+jwt',
    'DPOP+JWT',
    'logout+jwt',
    'secevent+jwt',
    'JWE',
    'JWTX',
    ' JWT',
    'JWT\n',
    '',
    null,
    1,
    ['JWT'],
  ])('refuses typ %j', (typ) => refuse(token({ ...HEADER, typ }), 'The token is of a kind that is not accepted here.'));

  test.each(['', 'a\r\nb', 'a\0b', null, 7, ['k'], {}])('refuses kid %j', (kid) =>
    refuse(token({ ...HEADER, kid }), MALFORMED),
  );

  test('refuses a kid of 257 characters', () => refuse(token({ ...HEADER, kid: 'k'.repeat(257) }), MALFORMED));

  test('takes a kid of 256 characters, also one that looks like a path or a query', () => {
    for (const kid of ['k'.repeat(256), '../../dev/null', "x' OR '1'='1", '__proto__', 'constructor']) {
      expect(readToken(token({ ...HEADER, kid })).kid).toBe(kid);
    }
  });
});

describe('the claims that name who it is', () => {
  test.each(['iss', 'sub'])('refuses a token without %s', (name) =>
    refuse(token(HEADER, { ...CLAIMS, [name]: undefined }), 'The token lacks a claim that is needed.'),
  );

  test.each([
    ['iss', ''],
    ['iss', null],
    ['iss', 5],
    ['iss', ['i']],
    ['iss', 'a\nb'],
    ['sub', ''],
    ['sub', null],
    ['sub', 5],
    ['sub', ['s']],
    ['sub', 'a\rb'],
    ['sub', 'a\u007fb'],
    ['jti', ''],
    ['jti', null],
    ['jti', 5],
    ['jti', 'a\0b'],
  ])('refuses %s %j', (name, value) => refuse(token(HEADER, { ...CLAIMS, [name]: value }), MALFORMED));

  test.each([
    ['iss', 'i', 513],
    ['sub', 's', 1025],
    ['sub', 'ä', 513],
    ['jti', 'j', 257],
  ])('refuses an %s of %s × %d', (name, letter, times) =>
    refuse(token(HEADER, { ...CLAIMS, [name]: letter.repeat(times) }), MALFORMED),
  );

  test('takes the longest', () => {
    const claims = { iss: 'i'.repeat(512), sub: 's'.repeat(1024), jti: 'j'.repeat(256) };
    expect(readToken(token(HEADER, claims))).toMatchObject({
      issuer: claims.iss,
      subject: claims.sub,
      tokenId: claims.jti,
    });
  });
});

test('what jose alone would take, the front refuses', async () => {
  const { compactVerify } = await import('jose');
  const issuer: TestIssuer = await createTestIssuer();
  const duplicated = await issuer.sign('{"alg":"ES256","kid":"a","kid":"b"}', '{"iss":"i","sub":"a","sub":"b"}');
  const [h, p, s] = duplicated.split('.') as [string, string, string];
  const lax = [duplicated, `${h}.${p}.${s} `, `${h}.${p}.${s}==`];
  for (const text of lax) {
    await expect(compactVerify(text, issuer.jwk, { algorithms: ['ES256'] })).resolves.toBeDefined();
    refuse(text, MALFORMED);
  }
});

test('whatever comes, it is a token or a refusal with a code', () => {
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
