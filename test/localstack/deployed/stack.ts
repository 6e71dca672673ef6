import { describe, expect, it } from 'vitest';
import { skippedResources } from '../../kit/skipped-resources.ts';
import type { Scene } from './scene.ts';

/** What LocalStack 4.13 cannot create. The kit does the work of the first; requests do not need the others. */
const SKIPPED = [
  { logicalId: 'BrokerKeys', type: 'AWS::CloudFormation::CustomResource' },
  { logicalId: 'TrafficShiftApplication', type: 'AWS::CodeDeploy::Application' },
  { logicalId: 'TrafficShiftGroup', type: 'AWS::CodeDeploy::DeploymentGroup' },
  { logicalId: 'FailedAuditsFilter', type: 'AWS::Logs::MetricFilter' },
  { logicalId: 'RefusalsFilter', type: 'AWS::Logs::MetricFilter' },
];

/** Tests of the stack itself. */
export function stackTests(given: () => Scene): void {
  describe('the deployed stack', () => {
    it('lacks exactly the resources that LocalStack is known to skip', async () => {
      const { endpoint, broker } = given();
      expect(await skippedResources(endpoint, broker.deployment.stackName)).toEqual(SKIPPED);
    });

    it('serves its URL from the alias', async () => {
      const { broker } = given();
      expect(broker.deployment.resources.BrokerFunctionUrl).toMatch(/:function:[^:]+:live$/);
      const health = await fetch(`${broker.front.url}/v1/health`);
      expect([health.status, await health.json()]).toEqual([200, { status: 'pass' }]);
      const keys = await fetch(`${broker.front.url}/v1/keys`);
      const [current, next] = broker.pins();
      expect([keys.status, await keys.json()]).toEqual([200, { current, next, previous: [] }]);
    });
  });

  describe('an invocation that is not a request to the URL', () => {
    const http = { method: 'POST', path: '/v1/get', sourceIp: '127.0.0.1', protocol: 'HTTP/1.1', userAgent: '' };
    const iam = { accountId: '000000000000', userArn: 'arn:aws:iam::000000000000:root', userId: '000000000000' };
    const viaUrl = {
      version: '2.0',
      routeKey: '$default',
      rawPath: '/v1/get',
      rawQueryString: '',
      headers: { 'content-type': 'application/json' },
      requestContext: {
        domainName: 'abc.lambda-url.us-east-1.on.aws',
        http,
        authorizer: { iam, jwt: { claims: { iss: 'https://issuer.example.com', sub: 'repo:acme/api' } } },
      },
      body: JSON.stringify({ secret: 'here', recipient: 'XBUJMZHVOPQ2SK5VD3TY4VNBPVU2YFGRLK6EFPEPSMVDUYEBSROWZCEA' }),
      isBase64Encoded: false,
    };
    const gateway = { ...viaUrl.requestContext, domainName: 'abc.execute-api.us-east-1.amazonaws.com' };

    it.each([
      ['nothing', {}],
      ['a queue', { Records: [{ body: viaUrl.body }] }],
      ['a REST API', { httpMethod: 'POST', path: '/v1/get', headers: viaUrl.headers, body: viaUrl.body }],
      ['an HTTP API', { ...viaUrl, requestContext: gateway }],
    ])('is refused: from %s', async (_, event) => {
      const { broker } = given();
      broker.aws.reset();
      const answer = (await broker.invoke(event)) as { statusCode: number; body: string };
      expect(answer.statusCode).toBe(400);
      expect(JSON.parse(answer.body)).toMatchObject({
        code: 'invalid_request',
        detail: 'This function can only be called through its URL.',
      });
      expect(broker.aws.operations()).toEqual([]);
    });

    it('gains nothing by the right shape: no claim outside the token is believed', async () => {
      const { broker } = given();
      broker.aws.reset();
      const answer = (await broker.invoke(viaUrl)) as { statusCode: number; body: string };
      expect(answer.statusCode).toBe(401);
      expect(JSON.parse(answer.body)).toMatchObject({
        code: 'invalid_token',
        detail: 'The request has no Authorization header with a bearer token.',
      });
      expect(broker.aws.operations()).toEqual([]);
    });
  });
}
