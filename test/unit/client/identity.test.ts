import { describe, expect, it } from 'vitest';
import { createIdentities } from '../../../lib/client/identity.ts';
import { boundAudience, type TokenSource } from '../../../lib/client/tokens/source.ts';
import { parsePublicXkey } from '../../../lib/xkey/keys.ts';
import { bindingSource, unsignedToken } from '../../kit/unsigned-token.ts';

const NOW = Date.UTC(2026, 10, 22, 10);
const AUDIENCE = 'https://secrets.example.com';
const signal = new AbortController().signal;

function setUp(source: TokenSource) {
  const clock = { now: NOW };
  const identities = createIdentities({ source, audience: AUDIENCE, now: () => clock.now, timeoutMs: 1000 });
  return { clock, next: () => identities.forRequest(signal), identities };
}

describe('a token that is bound to the xkey', () => {
  it('is used again with that xkey for five minutes', async () => {
    const source = bindingSource({ exp: NOW / 1000 + 3600 });
    const { clock, next } = setUp(source);
    const first = await next();
    expect(source.asked).toEqual([`${AUDIENCE}#${first.xkey.text}`]);
    clock.now += 299_999;
    const second = await next();
    expect(second).toMatchObject({ token: first.token, reused: true });
    expect(second.xkey).toBe(first.xkey);
    clock.now += 1;
    const third = await next();
    expect(third).toMatchObject({ reused: false });
    expect(third.xkey.text).not.toBe(first.xkey.text);
    expect(source.asked).toHaveLength(2);
  });

  it('is not used in its last 30 seconds', async () => {
    const source = bindingSource({ exp: NOW / 1000 + 60 });
    const { clock, next } = setUp(source);
    await next();
    clock.now += 29_999;
    await next();
    expect(source.asked).toHaveLength(1);
    clock.now += 1;
    await next();
    expect(source.asked).toHaveLength(2);
  });

  it('is not used in its last 30 seconds if its exp has a fraction', async () => {
    const source = bindingSource({ exp: NOW / 1000 + 60.5 });
    const { clock, next } = setUp(source);
    await next();
    clock.now += 30_499;
    await next();
    expect(source.asked).toHaveLength(1);
    clock.now += 1;
    await next();
    expect(source.asked).toHaveLength(2);
  });

  it('is asked for once by requests that start together', async () => {
    const source = bindingSource();
    const { next } = setUp(source);
    const identities = await Promise.all([next(), next(), next()]);
    expect(source.asked).toHaveLength(1);
    expect(new Set(identities.map(({ xkey }) => xkey.text)).size).toBe(1);
  });

  it('is forgotten after a refusal', async () => {
    const source = bindingSource();
    const { next, identities } = setUp(source);
    identities.discard(await next());
    await next();
    expect(source.asked).toHaveLength(2);
  });

  it('is recognised by its cnf too', async () => {
    let asked = 0;
    const { next } = setUp(async ({ xkey }) => {
      asked++;
      return unsignedToken({
        cnf: { jwk: { kty: 'OKP', crv: 'X25519', x: parsePublicXkey(xkey).key.export({ format: 'jwk' }).x } },
      });
    });
    await next();
    expect(await next()).toMatchObject({ reused: true });
    expect(asked).toBe(1);
  });
});

describe('a token that is not bound', () => {
  it('has a fresh xkey each time if it has no jti', async () => {
    const { next } = setUp(async () => unsignedToken());
    expect((await next()).xkey.text).not.toBe((await next()).xkey.text);
  });

  it('keeps its xkey if it has a jti, which the broker may have tied to the first recipient', async () => {
    let jti = 'one';
    const { next } = setUp(async () => unsignedToken({ jti }));
    const first = await next();
    const second = await next();
    expect(second.xkey).toBe(first.xkey);
    jti = 'two';
    const third = await next();
    expect(third.xkey.text).not.toBe(first.xkey.text);
    expect((await next()).xkey).toBe(third.xkey);
  });

  it('is not taken for bound because it names another key', async () => {
    const other = boundAudience({ audience: AUDIENCE, xkey: 'XOTHER' });
    const { next } = setUp(async () => unsignedToken({ aud: other }));
    expect((await next()).xkey.text).not.toBe((await next()).xkey.text);
  });
});

describe('a source that fails', () => {
  it('fails this request and is asked again by the next', async () => {
    let asked = 0;
    const { next } = setUp(async () => {
      if (++asked === 1) throw new Error('not yet');
      return unsignedToken();
    });
    await expect(next()).rejects.toThrow('not yet');
    await expect(next()).resolves.toMatchObject({ token: unsignedToken() });
  });

  it.each([
    ['nothing', '', 'returned no token'],
    ['something else', 'hello', 'is not a JWT'],
    ['too much', `a.${'b'.repeat(8200)}.c`, 'longer than 8 KiB'],
  ])('gives %s', async (_name, text, message) => {
    const { next } = setUp(async () => text);
    await expect(next()).rejects.toMatchObject({ code: 'invalid_token', message: expect.stringContaining(message) });
  });

  it('does not hold up a request whose time is up', async () => {
    const identities = createIdentities({
      source: () => new Promise(() => undefined),
      audience: AUDIENCE,
      now: () => NOW,
      timeoutMs: 1000,
    });
    await expect(identities.forRequest(AbortSignal.abort(new Error('over')))).rejects.toThrow('over');
  });
});
