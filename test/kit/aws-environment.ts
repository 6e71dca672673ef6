/** The region of everything that tests create. */
export const region = 'us-east-1';

/**
 * The environment in which an AWS SDK, `osls` or a CLI talks only to a LocalStack (or to the fault proxy in front of it). The
 * keys are LocalStack's for account 000000000000. No profile of the machine is read.
 *
 * @param endpoint - For example `http://127.0.0.1:4566`.
 */
export function awsEnvironment(endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_SESSION_TOKEN: '',
    AWS_PROFILE: '',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    NO_PROXY: '127.0.0.1,localhost,.localhost',
  };
}

/** The same as {@link awsEnvironment}, as the settings of an AWS SDK client. */
export function awsClientSettings(endpoint: string) {
  return { endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
}
