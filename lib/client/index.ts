/**
 * The package's public entry, the one file that exports again what others define.
 * @example
 * import { fromEnvironment, WaxsealClient } from 'waxseal';
 * const client = new WaxsealClient({ url, brokerKeys, token: fromEnvironment() });
 * const secret = await client.get('payments/stripe');
 * @packageDocumentation
 */
export { ERROR_CODES, type ErrorCode, isErrorCode, WaxsealError } from '../wire/errors.ts';
export { formatReference, isReference, parseReference, type SecretReference } from '../wire/reference.ts';
export type { Json, JsonObject } from '../wire/strict-json.ts';
export { type CallOptions, type SecretRequest, type SeenBrokerKeys, WaxsealClient } from './client.ts';
export type { ListedSecret, MissingPart, Permission, SecretPage } from './envelopes.ts';
export type { ClientRuntime, WaxsealClientOptions } from './options.ts';
export { Secret, type SecretFacts, type Unchanged } from './secret.ts';
export { type AwsWebIdentityOptions, awsWebIdentity, type WebIdentityInput } from './tokens/aws-web-identity.ts';
export { type DetectOptions, detectTokenSource } from './tokens/detect.ts';
export { type EnvironmentOptions, fromEnvironment, gitlab } from './tokens/environment.ts';
export { fromFile, kubernetesFile } from './tokens/file.ts';
export { type GithubActionsOptions, githubActions } from './tokens/github-actions.ts';
export { kubernetesTokenRequest, type TokenRequestOptions } from './tokens/kubernetes-token-request.ts';
export { type BindingChoice, boundAudience, type TokenSource, type TokenWanted } from './tokens/source.ts';
