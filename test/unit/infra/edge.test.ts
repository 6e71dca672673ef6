import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, test } from 'vitest';
import { REFUSALS } from '../../../lib/wire/errors.ts';
import type { Resource, Template } from '../../kit/package-stack.ts';
import { packagedStack } from './packaged.ts';
import { settle } from './settled.ts';

const EDGE = { EdgeDomainName: 'broker.example.com', EdgeCertificateArn: 'arn:aws:acm:us-east-1:1:certificate/1' };

let template: Template;
beforeAll(async () => {
  ({ template } = await packagedStack());
}, 120_000);

const made = (given: Record<string, string>) => settle(template, { ...EDGE, ...given });
const get = (given: Record<string, string>, name: string): Resource => made(given).Resources[name]!;
const distribution = (given: Record<string, string> = {}) =>
  get(given, 'EdgeDistribution').Properties.DistributionConfig as {
    WebACLId?: unknown;
    Origins: object[];
    DefaultCacheBehavior: { OriginRequestPolicyId: string; AllowedMethods: string[]; FunctionAssociations?: object[] };
  };

describe('CloudFront', () => {
  test('passes on everything except Host, which Lambda needs to find the function', () => {
    const { OriginRequestPolicyId, AllowedMethods } = distribution().DefaultCacheBehavior;
    expect(OriginRequestPolicyId).toBe('b689b0a8-53d0-40ab-baf2-68738e2966ac');
    expect(AllowedMethods).toContain('POST');
  });

  test('takes the host out of the Function URL, and adds nothing to the path', () => {
    const url = { 'Fn::GetAtt': ['BrokerFunctionUrl', 'FunctionUrl'] };
    expect(distribution().Origins).toEqual([
      expect.objectContaining({ DomainName: { 'Fn::Select': [2, { 'Fn::Split': ['/', url] }] } }),
    ]);
    expect(distribution().Origins[0]).not.toHaveProperty('OriginPath');
  });

  test.each([
    ['none', {}, undefined],
    ['its own', { EdgeManagedRules: 'true', 'AWS::Region': 'us-east-1' }, { 'Fn::GetAtt': ['EdgeWebAcl', 'Arn'] }],
    ['a given one', { EdgeWebAclArn: 'arn:given' }, { Ref: 'EdgeWebAclArn' }],
  ])('has %s as its web ACL', (_, given, expected) => {
    expect(distribution(given).WebACLId).toEqual(expected);
  });

  test('replaces the Function URL in the outputs and in proofs', () => {
    const { Outputs, Resources } = made({});
    const url = { 'Fn::Sub': `https://\${EdgeDomainName}/` };
    expect([Outputs.BrokerUrl?.Value, Resources.BrokerUrlParameter?.Properties.Value]).toEqual([url, url]);
    const publicUrls = (given: Record<string, string>) =>
      (get(given, 'BrokerLambdaFunction').Properties.Environment as { Variables: Record<string, unknown> }).Variables
        .WAXSEAL_PUBLIC_URLS;
    expect(publicUrls({})).toEqual({ 'Fn::Sub': `https://\${EdgeDomainName}` });
    expect(publicUrls({ PublicUrls: 'https://other.example' })).toEqual({ Ref: 'PublicUrls' });
    expect(publicUrls({ EdgeDomainName: '' })).toEqual({ Ref: 'PublicUrls' });
  });
});

describe('the Function URL', () => {
  const permissions = (given: Record<string, string>) =>
    Object.values(made(given).Resources).flatMap(({ Type, Properties }) =>
      Type === 'AWS::Lambda::Permission' ? [Properties] : [],
    );

  test('stays open behind CloudFront by default', () => {
    expect(get({}, 'BrokerFunctionUrl').Properties.AuthType).toBe('NONE');
    expect(permissions({}).map(({ Principal }) => Principal)).toEqual(['*', '*']);
  });

  test('is closed to everyone except this distribution if only sealed requests are served', () => {
    const given = { EdgeSealedOnly: 'true' };
    const prefix = { 'Fn::Sub': `arn:\${AWS::Partition}:cloudfront::\${AWS::AccountId}:distribution/` };
    const SourceArn = { 'Fn::Join': ['', [prefix, { Ref: 'EdgeDistribution' }]] };
    const edge = { FunctionName: { Ref: 'BrokerAlias' }, Principal: 'cloudfront.amazonaws.com', SourceArn };
    expect(get(given, 'BrokerFunctionUrl').Properties.AuthType).toBe('AWS_IAM');
    expect(permissions(given)).toEqual([
      { ...edge, Action: 'lambda:InvokeFunctionUrl', FunctionUrlAuthType: 'AWS_IAM' },
      { ...edge, Action: 'lambda:InvokeFunction', InvokedViaFunctionUrl: true },
    ]);
    expect(distribution(given).Origins[0]).toMatchObject({
      OriginAccessControlId: { 'Fn::GetAtt': ['EdgeAccess', 'Id'] },
    });
    expect(distribution(given).DefaultCacheBehavior.FunctionAssociations).toHaveLength(1);
    expect(distribution().DefaultCacheBehavior.FunctionAssociations).toBeUndefined();
  });
});

describe('the gate before a closed URL', () => {
  /** Runs CloudFront's function on a viewer's request, as CloudFront calls it: with header names in lower case. */
  function gate(method: string, headers: Record<string, string>): unknown {
    const { FunctionCode } = get({ EdgeSealedOnly: 'true' }, 'EdgeGate').Properties as { FunctionCode: string };
    const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { value }]));
    const event = { context: { requestId: 'request-1' }, request: { method, uri: '/v1/get', headers: named } };
    return JSON.parse(runInNewContext(`${FunctionCode}; JSON.stringify(handler(${JSON.stringify(event)}))`));
  }
  const HASH = { 'x-amz-content-sha256': '00' };

  test.each<[string, Record<string, string>]>([
    ['GET', {}],
    ['POST', HASH],
  ])('%s passes with %j', (method, headers) => {
    expect(gate(method, headers)).toMatchObject({ method, uri: '/v1/get' });
  });

  test.each<[string, Record<string, string>, string]>([
    ['POST', { ...HASH, authorization: 'Bearer a.b.c' }, 'Only sealed requests are served here.'],
    ['POST', { ...HASH, dpop: 'a.b.c' }, 'Only sealed requests are served here.'],
    ['GET', { authorization: 'Bearer a.b.c' }, 'Only sealed requests are served here.'],
    ['POST', {}, 'The header x-amz-content-sha256 is missing.'],
  ])('%s with %j is refused', (method, headers, detail) => {
    const answer = gate(method, headers) as { statusCode: number; headers: object; body: string };
    expect(answer.statusCode).toBe(REFUSALS.invalid_request.status);
    expect(answer.headers).toEqual({ 'content-type': { value: 'application/problem+json' } });
    expect(JSON.parse(answer.body)).toEqual({
      type: '/v1/errors/invalid_request',
      title: REFUSALS.invalid_request.text,
      status: 400,
      detail,
      code: 'invalid_request',
      request_id: 'request-1',
    });
  });
});
