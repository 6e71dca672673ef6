import { WaxsealError } from '../../wire/errors.ts';
import { audienceFor, type BindingChoice, type TokenSource, toToken } from './source.ts';

/** The input of STS `GetWebIdentityToken` as this source fills it in. */
export interface WebIdentityInput {
  Audience: string[];
  SigningAlgorithm: 'ES384' | 'RS256';
  DurationSeconds: number;
}

/** Choices of {@link awsWebIdentity}. */
export interface AwsWebIdentityOptions extends BindingChoice {
  /** Sends the input with your STS client. The client needs a region: the global endpoint lacks the call. */
  readonly send: (input: WebIdentityInput, signal: AbortSignal) => Promise<{ WebIdentityToken?: string | undefined }>;
  /** The broker's entry for the issuer must allow it (default: ES384). */
  readonly signingAlgorithm?: 'ES384' | 'RS256';
  /** How long the token is valid, in seconds: 60 to 3,600 (default: 300). */
  readonly durationSeconds?: number;
}

/**
 * A token that AWS STS makes for the role it runs under (outbound identity federation, to be switched on in the account),
 * with the audience `<audience>#<xkey>`, so that it is bound. The role needs `sts:GetWebIdentityToken`. The STS client is
 * yours, so that nobody needs to install it who does not use AWS.
 * @throws WaxsealError (when called) `invalid_token` if STS refuses, `store_unavailable` if it cannot be reached
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetWebIdentityToken.html
 * @example
 * const sts = new STSClient({ region: 'eu-central-1' });
 * const token = awsWebIdentity({
 *   send: (input, signal) => sts.send(new GetWebIdentityTokenCommand(input), { abortSignal: signal }),
 * });
 * const client = new WaxsealClient({ url, brokerKeys, token });
 */
export function awsWebIdentity(options: AwsWebIdentityOptions): TokenSource {
  return async (wanted) => {
    const input: WebIdentityInput = {
      Audience: [audienceFor(wanted, options)],
      SigningAlgorithm: options.signingAlgorithm ?? 'ES384',
      DurationSeconds: options.durationSeconds ?? 300,
    };
    let answer: { WebIdentityToken?: string | undefined };
    try {
      answer = await options.send(input, wanted.signal);
    } catch (cause) {
      throw refusal(cause);
    }
    return toToken(answer.WebIdentityToken);
  };
}

/** The SDK marks errors that are the caller's fault; all others may pass. */
function refusal(cause: unknown): WaxsealError {
  if (cause instanceof WaxsealError) return cause;
  const fault = typeof cause === 'object' && cause !== null && '$fault' in cause ? cause.$fault : undefined;
  if (fault !== 'client') return new WaxsealError('store_unavailable', 'AWS STS cannot be reached.', { cause });
  return new WaxsealError(
    'invalid_token',
    'AWS STS refused to issue a token. Turn on outbound identity federation, and allow the role sts:GetWebIdentityToken.',
    { cause },
  );
}
