/**
 * Replaces `@aws-sdk/credential-provider-node` in the packaged functions. In Lambda every client gets the role's
 * credentials from the environment, so the default chain (profiles, metadata endpoints, single sign-on) would be 130 KB of code
 * that is loaded on each cold start and must never run.
 */
export const defaultProvider = () => async () => {
  throw new Error('This package holds no default credentials.');
};
