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
  /** ES384 unless told; the broker's entry for the issuer must allow it. */
  readonly signingAlgorithm?: 'ES384' | 'RS256';
  /** How long the token is good for: 60 to 3,600 seconds, 300 unless told. */
  readonly durationSeconds?: number;
}

/**
 * A token that AWS STS makes for the role it runs under (outbound identity federation, to be switched on in the account),
 * with the audience `<audience>#<xkey>`, so that it is bound. The role needs `sts:GetWebIdentityToken`. The STS client is
 * yours, so that who does not use AWS need not install it.
 * @throws WaxsealError (when called) `invalid_token` where STS refuses, `store_unavailable` where it cannot be reached
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

/** The SDK marks refusals that are the caller's fault; everything else may pass. */
function refusal(cause: unknown): WaxsealError {
  if (cause instanceof WaxsealError) return cause;
  const fault = typeof cause === 'object' && cause !== null && '$fault' in cause ? cause.$fault : undefined;
  if (fault !== 'client') return new WaxsealError('store_unavailable', 'AWS STS cannot be reached.', { cause });
  return new WaxsealError(
    'invalid_token',
    'AWS STS refused to make a token. Switch outbound identity federation on, and allow the role sts:GetWebIdentityToken.',
    { cause },
  );
}
