import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { awsWebIdentity } from '../../../lib/client/tokens/aws-web-identity.ts';
import { detectTokenSource } from '../../../lib/client/tokens/detect.ts';
import { fromEnvironment, gitlab } from '../../../lib/client/tokens/environment.ts';
import { fromFile, kubernetesFile } from '../../../lib/client/tokens/file.ts';
import { githubActions } from '../../../lib/client/tokens/github-actions.ts';
import { unsignedToken } from '../../kit/unsigned-token.ts';

const WANTED = { audience: 'https://secrets.example.com', xkey: 'XKEY', signal: new AbortController().signal };
const TOKEN = unsignedToken();
const OTHER = unsignedToken({ sub: 'other' });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waxseal-'));
});
afterAll(() => rm(folder, { recursive: true }));

const refusal = (code: string, text: string) =>
  expect.objectContaining({ name: 'WaxsealError', code, message: expect.stringContaining(text) });

describe('fromEnvironment', () => {
  it('reads the variable each time', async () => {
    const env: Record<string, string> = { WAXSEAL_TOKEN: `${TOKEN}\n`, OTHER };
    const source = fromEnvironment({ env });
    expect(await source(WANTED)).toBe(TOKEN);
    env.WAXSEAL_TOKEN = OTHER;
    expect(await source(WANTED)).toBe(OTHER);
    expect(await fromEnvironment({ env, variable: 'OTHER' })(WANTED)).toBe(OTHER);
  });

  it('refuses a variable that is missing or not a token, and does not quote it', async () => {
    await expect(fromEnvironment({ env: {} })(WANTED)).rejects.toEqual(refusal('invalid_token', 'is not set'));
    const odd = fromEnvironment({ env: { WAXSEAL_TOKEN: 'not-a-jwt' } })(WANTED);
    await expect(odd).rejects.toEqual(refusal('invalid_token', 'is not a JWT'));
    await expect(odd).rejects.not.toThrow('not-a-jwt');
  });

  it('gitlab says what to add to the job', async () => {
    expect(await gitlab({ env: { WAXSEAL_TOKEN: TOKEN } })(WANTED)).toBe(TOKEN);
    await expect(gitlab({ env: {} })(WANTED)).rejects.toEqual(refusal('invalid_token', 'id_tokens:'));
  });
});

describe('fromFile', () => {
  it('reads the file each time, since it is renewed', async () => {
    const path = join(folder, 'token');
    await writeFile(path, `${TOKEN}\n`);
    expect(await fromFile(path)(WANTED)).toBe(TOKEN);
    const source = kubernetesFile(path);
    await writeFile(path, OTHER);
    expect(await source(WANTED)).toBe(OTHER);
  });

  it('refuses a file that is missing or holds no token', async () => {
    await expect(fromFile(join(folder, 'none'))(WANTED)).rejects.toEqual(refusal('invalid_token', 'cannot be read'));
    await writeFile(join(folder, 'empty'), '\n');
    await expect(fromFile(join(folder, 'empty'))(WANTED)).rejects.toEqual(
      refusal('invalid_token', 'returned no token'),
    );
  });

  it('takes its path from WAXSEAL_TOKEN_FILE', async () => {
    await writeFile(join(folder, 'named'), TOKEN);
    vi.stubEnv('WAXSEAL_TOKEN_FILE', join(folder, 'named'));
    expect(await fromFile()(WANTED)).toBe(TOKEN);
    vi.stubEnv('WAXSEAL_TOKEN_FILE', '');
    await expect(fromFile()(WANTED)).rejects.toEqual(refusal('invalid_token', 'Set WAXSEAL_TOKEN_FILE'));
    vi.unstubAllEnvs();
  });
});

describe('githubActions', () => {
  const env = {
    ACTIONS_ID_TOKEN_REQUEST_URL: 'https://actions.example/token?api-version=2.0',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-credential',
  };
  /** GitHub's token service, which gives that answer and keeps what it was asked. */
  function github(response: () => Response) {
    const asked: { url: URL; init: RequestInit }[] = [];
    const fetcher: typeof fetch = async (url, init) => {
      asked.push({ url: new URL(String(url)), init: init! });
      return response();
    };
    return { asked, fetcher };
  }

  it('asks for a token that is bound to the xkey', async () => {
    const { asked, fetcher } = github(() => Response.json({ count: 1, value: TOKEN }));
    expect(await githubActions({ env, fetch: fetcher })(WANTED)).toBe(TOKEN);
    const { url, init } = asked[0]!;
    expect(url.searchParams.get('audience')).toBe('https://secrets.example.com#XKEY');
    expect(url.searchParams.get('api-version')).toBe('2.0');
    expect(init).toMatchObject({ redirect: 'error', headers: { authorization: 'Bearer request-credential' } });
  });

  it('asks for the bare audience with bind: false', async () => {
    const { asked, fetcher } = github(() => Response.json({ value: TOKEN }));
    await githubActions({ env, fetch: fetcher, bind: false })(WANTED);
    expect(asked[0]!.url.searchParams.get('audience')).toBe('https://secrets.example.com');
  });

  it.each([
    ['refuses', () => new Response('', { status: 403 }), 'invalid_token', 'GitHub refused'],
    ['is down', () => new Response('', { status: 503 }), 'store_unavailable', 'at the moment'],
    ['throttles', () => new Response('', { status: 429 }), 'store_unavailable', 'at the moment'],
    ['answers something else', () => Response.json({ token: TOKEN }), 'invalid_token', 'returned no token'],
    ['answers no JSON', () => new Response('<html>'), 'invalid_token', 'not valid JSON'],
    [
      'cannot be reached',
      () => {
        throw new TypeError('fetch failed');
      },
      'store_unavailable',
      'cannot be reached',
    ],
  ])('GitHub %s', async (_name, response, code, text) => {
    const token = githubActions({ env, fetch: github(response).fetcher })(WANTED);
    await expect(token).rejects.toEqual(refusal(code, text));
  });

  it('says what permission the job lacks', async () => {
    await expect(githubActions({ env: {} })(WANTED)).rejects.toEqual(refusal('invalid_token', 'id-token: write'));
  });
});

describe('awsWebIdentity', () => {
  it('asks STS for a token that is bound to the xkey', async () => {
    const send = vi.fn(async () => ({ WebIdentityToken: TOKEN }));
    expect(await awsWebIdentity({ send })(WANTED)).toBe(TOKEN);
    const input = { Audience: ['https://secrets.example.com#XKEY'], SigningAlgorithm: 'ES384', DurationSeconds: 300 };
    expect(send).toHaveBeenCalledWith(input, WANTED.signal);
  });

  it('takes algorithm, duration and the bare audience', async () => {
    const send = vi.fn(async () => ({ WebIdentityToken: TOKEN }));
    await awsWebIdentity({ send, bind: false, signingAlgorithm: 'RS256', durationSeconds: 60 })(WANTED);
    const input = { Audience: ['https://secrets.example.com'], SigningAlgorithm: 'RS256', DurationSeconds: 60 };
    expect(send).toHaveBeenCalledWith(input, WANTED.signal);
  });

  it.each([
    ['refuses', { $fault: 'client', name: 'OutboundWebIdentityFederationDisabled' }, 'invalid_token', 'STS refused'],
    ['fails', { $fault: 'server' }, 'store_unavailable', 'cannot be reached'],
    ['cannot be reached', new TypeError('socket'), 'store_unavailable', 'cannot be reached'],
  ])('STS %s', async (_name, thrown, code, text) => {
    const source = awsWebIdentity({ send: () => Promise.reject(thrown) });
    await expect(source(WANTED)).rejects.toEqual(refusal(code, text));
  });

  it('STS returns nothing', async () => {
    await expect(awsWebIdentity({ send: async () => ({}) })(WANTED)).rejects.toEqual(
      refusal('invalid_token', 'returned no token'),
    );
  });
});

describe('detectTokenSource', () => {
  const none = { projectedToken: '/nowhere/token' };

  it('prefers the file that was named, then the token, then its file', async () => {
    await writeFile(join(folder, 'flag'), TOKEN);
    await writeFile(join(folder, 'env'), OTHER);
    const env = { WAXSEAL_TOKEN: OTHER, WAXSEAL_TOKEN_FILE: join(folder, 'flag') };
    expect(await detectTokenSource({ ...none, env, tokenFile: join(folder, 'flag') })!(WANTED)).toBe(TOKEN);
    expect(await detectTokenSource({ ...none, env })!(WANTED)).toBe(OTHER);
    expect(await detectTokenSource({ ...none, env: { ...env, WAXSEAL_TOKEN: '' } })!(WANTED)).toBe(TOKEN);
  });

  it('finds GitHub Actions and a projected token', async () => {
    const job = detectTokenSource({ ...none, env: { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://actions.example/' } });
    await expect(job!(WANTED)).rejects.toEqual(refusal('invalid_token', 'GitHub offers no token to this job'));
    await writeFile(join(folder, 'projected'), TOKEN);
    const pod = detectTokenSource({ env: {}, projectedToken: join(folder, 'projected') });
    expect(await pod!(WANTED)).toBe(TOKEN);
  });

  it('finds nothing if there is nothing', () => {
    expect(detectTokenSource({ ...none, env: {} })).toBeUndefined();
  });
});
