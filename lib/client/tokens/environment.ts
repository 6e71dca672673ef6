import { WaxsealError } from '../../wire/errors.ts';
import { type TokenSource, toToken } from './source.ts';

/** Where {@link fromEnvironment} looks. */
export interface EnvironmentOptions {
  /** The variable's name (default: `WAXSEAL_TOKEN`). */
  readonly variable?: string;
  /** Used instead of `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * The token in an environment variable, read again each time. Cannot bind: the token exists before the xkey.
 * @throws WaxsealError `invalid_token` (when called) if the variable is missing or is not a JWT
 * @example
 * const client = new WaxsealClient({ url, brokerKeys, token: fromEnvironment() });
 */
export function fromEnvironment(options: EnvironmentOptions = {}): TokenSource {
  return async () => {
    const text = (options.env ?? process.env)[options.variable ?? 'WAXSEAL_TOKEN'];
    if (text === undefined || text === '') {
      throw new WaxsealError('invalid_token', 'The environment variable for the token is not set.');
    }
    return toToken(text);
  };
}

/**
 * The token of a GitLab CI job: the variable that `id_tokens` names in `.gitlab-ci.yml`. Cannot bind: GitLab fixes the
 * audience before the job starts.
 * @throws WaxsealError `invalid_token` (when called) if the variable is missing or is not a JWT
 * @see https://docs.gitlab.com/ci/secrets/id_token_authentication/
 * @example
 * // .gitlab-ci.yml:  id_tokens: { WAXSEAL_TOKEN: { aud: https://secrets.example.com } }
 * const client = new WaxsealClient({ url, brokerKeys, token: gitlab() });
 */
export function gitlab(options: EnvironmentOptions = {}): TokenSource {
  const env = options.env ?? process.env;
  const variable = options.variable ?? 'WAXSEAL_TOKEN';
  const source = fromEnvironment({ env, variable });
  return async (wanted) => {
    if (env[variable]) return source(wanted);
    throw new WaxsealError(
      'invalid_token',
      'The job has no ID token. Add this to it in .gitlab-ci.yml: id_tokens: { WAXSEAL_TOKEN: { aud: <audience of the broker> } }.',
    );
  };
}
