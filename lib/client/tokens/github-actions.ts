import { WaxsealError } from '../../wire/errors.ts';
import { isJsonObject, own, parseStrictJson } from '../../wire/strict-json.ts';
import { audienceFor, type BindingChoice, type TokenSource, toToken } from './source.ts';

/** Choices of {@link githubActions}. */
export interface GithubActionsOptions extends BindingChoice {
  /** Used instead of `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Used instead of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * The token of a GitHub Actions job, asked for with the audience `<audience>#<xkey>`, so that it is bound. The job needs
 * `permissions: id-token: write`.
 * @throws WaxsealError (when called) `invalid_token` outside such a job or if GitHub refuses, `store_unavailable` if it cannot
 * be reached
 * @see https://docs.github.com/en/actions/reference/security/oidc
 * @example
 * const client = new WaxsealClient({ url, brokerKeys, token: githubActions() });
 */
export function githubActions(options: GithubActionsOptions = {}): TokenSource {
  return async (wanted) => {
    const env = options.env ?? process.env;
    const address = env.ACTIONS_ID_TOKEN_REQUEST_URL;
    const credential = env.ACTIONS_ID_TOKEN_REQUEST_TOKEN;
    if (!address || !credential) {
      throw new WaxsealError(
        'invalid_token',
        'GitHub offers no token to this job. Add this to the workflow or the job: permissions: { id-token: write }.',
      );
    }
    const url = new URL(address);
    url.searchParams.set('audience', audienceFor(wanted, options));
    const response = await ask(options.fetch ?? fetch, url, credential, wanted.signal);
    if (response.status >= 500 || response.status === 429) {
      throw new WaxsealError('store_unavailable', 'GitHub cannot issue a token at the moment.');
    }
    if (!response.ok) throw new WaxsealError('invalid_token', 'GitHub refused to issue a token to this job.');
    const answer = parseStrictJson(await response.text(), { code: 'invalid_token' });
    return toToken(isJsonObject(answer) ? own(answer, 'value') : undefined);
  };
}

async function ask(fetcher: typeof fetch, url: URL, credential: string, signal: AbortSignal): Promise<Response> {
  try {
    return await fetcher(url, {
      headers: { accept: 'application/json', authorization: `Bearer ${credential}` },
      redirect: 'error', // the credential is for this address only
      signal,
    });
  } catch (cause) {
    throw new WaxsealError('store_unavailable', "GitHub's token service cannot be reached.", { cause });
  }
}
